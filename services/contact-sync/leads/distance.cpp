#include "contact-sync/leads/distance.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

// Only + - * / and the square root are used, which IEEE 754 rounds in one way, and this file is compiled without contraction: the
// functions of the C library differ in their last bit between its versions and between processors.
static_assert(std::numeric_limits<double>::is_iec559 && FLT_EVAL_METHOD == 0);

namespace millrace::contact_sync::leads {
namespace {

constexpr double radius_mm = 6'371'000'000.0;
constexpr double radians_a_degree = 3.14159265358979323846 / 180;

// Of an angle from 0 to 90.
double sine_of_degrees(double degrees) {
  const double x = degrees * radians_a_degree, square = x * x;
  double sum = 0;
  for (int n = 27; n > 1; n -= 2)
    sum = (1 + sum) * -square / ((n - 1) * n);
  return x * (1 + sum);
}

// In radians, of 0 to 1: halved until the series ends soon.
double arc_sine(double s) {
  double times = 1;
  while (s > 0.25) {
    s = s / std::sqrt(2 * (1 + std::sqrt(1 - s * s)));
    times *= 2;
  }
  double term = s, sum = s;
  for (int k = 1; k <= 16; ++k) {
    term = term * s * s * ((2 * k - 1) * (2 * k - 1)) / (2 * k * (2 * k + 1));
    sum += term;
  }
  return times * sum;
}

} // namespace

std::int64_t millimetres_between(const point& a, const point& b) {
  const double half_lat = std::abs(a.lat - b.lat) / 2, turned = std::abs(a.lon - b.lon) / 2;
  const double half_lon = turned > 90 ? 180 - turned : turned;
  const double up = sine_of_degrees(half_lat), along = sine_of_degrees(half_lon);
  const double narrowed = sine_of_degrees(90 - std::abs(a.lat)) * sine_of_degrees(90 - std::abs(b.lat));
  const double haversine = std::min(1.0, up * up + narrowed * along * along);
  return static_cast<std::int64_t>(2 * radius_mm * arc_sine(std::sqrt(haversine)) + 0.5);
}

} // namespace millrace::contact_sync::leads
