// Says what time it is, once in each so many seconds, at this process' own second of them: so several of them, and the loss of some, do
// no harm.
// On a thread of its own.
#pragma once

#include "metrics/metrics.hpp"
#include "pipeline/further_loop.hpp"
#include "pipeline/service.hpp"

namespace millrace::alerting {

class tick_loop final : public pipeline::further_loop {
public:
  // Every so many seconds; of a minute at its `second`, 0 to 59.
  tick_loop(const pipeline::service& s, metrics::registry& m, std::int64_t every_s, int second);
  std::string name() const override { return "ticks"; }
  void run(const std::atomic<bool>& stop) override;

private:
  const pipeline::service& service_;
  metrics::registry& metrics_;
  metrics::counter& published_;
  const std::int64_t every_us_, after_us_;
};

// A second that no two processes have agreed on.
int any_second();

} // namespace millrace::alerting
