// Waiting for what must come, with an end: a test sleeps for no time that is guessed. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace millrace::proof {

// A machine that starves takes its time: whatever moves is waited for, and what has not moved for so long is stuck.
inline constexpr std::chrono::seconds still_most{120};
inline constexpr std::chrono::milliseconds between_looks{10};

// False when the condition does not hold although `most` has passed.
inline bool until(std::chrono::seconds most, const std::function<bool()>& holds) {
  using steady = std::chrono::steady_clock;
  for (const auto end = steady::now() + most; !holds(); std::this_thread::sleep_for(between_looks))
    if (steady::now() > end)
      return false;
  return true;
}

// False when `progress` (any number that changes) has stood still for `still_most` and the condition does not hold.
inline bool until_still(const std::function<std::int64_t()>& progress, const std::function<bool()>& holds) {
  using steady = std::chrono::steady_clock;
  auto seen = progress();
  for (auto moved = steady::now(); !holds(); std::this_thread::sleep_for(between_looks)) {
    if (const auto now = progress(); now != seen) {
      seen = now;
      moved = steady::now();
    } else if (steady::now() > moved + still_most) {
      return false;
    }
  }
  return true;
}

} // namespace millrace::proof
