// Says what minute it is, once a minute, at this process' own second: so several of them, and the loss of some, do no harm.
// On a thread of its own.
#pragma once

#include "metrics/metrics.hpp"
#include "pipeline/further_loop.hpp"
#include "pipeline/service.hpp"

namespace millrace::alerting {

class tick_loop final : public pipeline::further_loop {
public:
  // `second` of the minute, 0 to 59.
  tick_loop(const pipeline::service& s, metrics::registry& m, int second);
  std::string name() const override { return "ticks"; }
  void run(const std::atomic<bool>& stop) override;

private:
  const pipeline::service& service_;
  metrics::registry& metrics_;
  metrics::counter& published_;
  const int second_;
};

// A second that no two processes have agreed on.
int any_second();

} // namespace millrace::alerting
