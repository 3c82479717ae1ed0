// Shedding, as an episode: it begins with the first request that is shed and ends when none was for ten seconds. Told on the
// log at both ends, and by /readyz?verbose meanwhile. One for all workers; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::gateway {

class shedding {
public:
  using steady = std::chrono::steady_clock;

  // A request was shed: `why` is the reason of millrace_requests_total, of static life. True when an episode begins.
  bool shed(std::string_view why, steady::time_point at);
  // Ends the episode when its time is over; true then.
  bool look(steady::time_point at);
  // "nothing is shed"; "shedding for 12 s: 35 requests, the last for in_flight; <what to do>".
  std::string state(steady::time_point at) const;

private:
  struct episode {
    steady::time_point begun, last;
    std::uint64_t requests = 0;
    std::string_view why;
  };
  mutable std::mutex mutex_;
  std::optional<episode> now_;
};

} // namespace millrace::gateway
