// The loops of a service that folds: record, derive, dead letters and replay, each on a thread of its own. Owned by whoever runs the
// service: a consumer's process, the gateway for its copy of open jobs.
#pragma once

#include "metrics/metrics.hpp"
#include "pipeline/derive_loop.hpp"
#include "pipeline/further_loop.hpp"
#include "pipeline/record_loop.hpp"
#include "pipeline/replay_loop.hpp"
#include "pipeline/service.hpp"

#include <atomic>
#include <span>
#include <thread>
#include <vector>

namespace millrace::pipeline {

class service_loops {
public:
  // The service outlives it, and so does `traces`, which may be null.
  service_loops(const service& s, metrics::registry& m, tracing::tracer* traces = nullptr) : recording_(s, m, traces), deriving_(s, m), dead_letters_(s, m), replaying_(s, m) {}

  // Runs them, and further loops of the service, until `stop` is set.
  void start(const std::atomic<bool>& stop, std::span<further_loop* const> further = {});
  // Returns when all have ended.
  void join();

  const record_loop& recording() const { return recording_; }
  const derive_loop& deriving() const { return deriving_; }

private:
  record_loop recording_;
  derive_loop deriving_;
  outbox_loop dead_letters_;
  replay_loop replaying_;
  std::vector<std::thread> threads_;
};

} // namespace millrace::pipeline
