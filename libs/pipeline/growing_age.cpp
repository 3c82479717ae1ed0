#include "pipeline/growing_age.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

namespace millrace::pipeline {

using clock = std::chrono::steady_clock;

struct growing_age::state {
  std::mutex mutex;
  bool was_said = false;
  std::optional<clock::time_point> since;
};

growing_age::growing_age(metrics::registry& m, std::string name, std::string help, metrics::labels l) : state_(std::make_shared<state>()) {
  m.before_scrape([s = state_, &m, name = std::move(name), help = std::move(help), l = std::move(l)] {
    const std::lock_guard hold(s->mutex);
    if (s->was_said)
      m.gauge(name, help, l).set(s->since ? std::chrono::duration<double>(clock::now() - *s->since).count() : 0);
  });
}

void growing_age::is(double seconds) {
  const auto since = clock::now() - std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  const std::lock_guard hold(state_->mutex);
  state_->was_said = true;
  state_->since = since;
}

void growing_age::nothing_waits() {
  const std::lock_guard hold(state_->mutex);
  state_->was_said = true;
  state_->since.reset();
}

} // namespace millrace::pipeline
