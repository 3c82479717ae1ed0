// How far two places are from each other, the same to the millimetre on every machine: a distance decides between cities, and two
// machines must decide alike. Pure; any thread.
#pragma once

#include <cstdint>

namespace millrace::contact_sync::leads {

struct point {
  double lat, lon; // degrees, -90..90 and -180..180
};

// Along the surface of a ball of 6371 km (haversine).
std::int64_t millimetres_between(const point& a, const point& b);

} // namespace millrace::contact_sync::leads
