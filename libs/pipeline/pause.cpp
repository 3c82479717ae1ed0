#include "pipeline/pause.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace millrace::pipeline {

using namespace std::chrono_literals;

void rest(const std::atomic<bool>& stop, std::chrono::milliseconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!stop && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(20ms);
}

outage_pause::outage_pause(std::string loop, std::string what, metrics::registry& m)
    : what_(std::move(what)),
      outages_(m.counter("millrace_outages_total", "Pauses of a loop because the world was down", {{"loop", std::move(loop)}})) {}

void outage_pause::wait(const outage& e, const std::atomic<bool>& stop) {
  const auto now = std::exchange(next_, std::min(next_ * 2, longest));
  log::warning(what_ + " pauses", {{"why", e.what()}, {"do", e.hint()}, {"again_in_ms", static_cast<std::int64_t>(now.count())}});
  outages_.add();
  rest(stop, now);
}

} // namespace millrace::pipeline
