// What a loop does while the world is down: says so, waits longer each time, and wakes at once when told to stop. Owned by
// the loop's thread.
#pragma once

#include "core/failure.hpp"
#include "metrics/metrics.hpp"

#include <atomic>
#include <chrono>
#include <string>

namespace millrace::pipeline {

// Waits for `most`, or until `stop` is set.
void rest(const std::atomic<bool>& stop, std::chrono::milliseconds most);

class outage_pause {
public:
  // `loop` is the metric's label ("derive"), `what` begins the log line ("deriving").
  outage_pause(std::string loop, std::string what, metrics::registry& m);
  // 50 ms, doubled each time up to 5 s.
  void wait(const outage& e, const std::atomic<bool>& stop);
  void over() { next_ = least; }

private:
  static constexpr std::chrono::milliseconds least{50}, longest{5000};
  std::string what_;
  metrics::counter& outages_;
  std::chrono::milliseconds next_ = least;
};

} // namespace millrace::pipeline
