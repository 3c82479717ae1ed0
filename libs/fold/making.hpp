// How often this process made things of reference data (reader::built), and how long that took, by what they are called. For those
// who watch; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::fold {

struct making {
  std::uint64_t times = 0;
  double seconds = 0, last_seconds = 0;
};

making making_of(std::string_view name);
void note_making(std::string_view name, double seconds);

} // namespace millrace::fold
