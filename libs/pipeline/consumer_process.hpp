// A consumer service, running: the recording, deriving, replaying and dead-letter loops on a thread each, its further loops, and the
// admin port.
// Owned by main; ends on SIGTERM or SIGINT.
#pragma once

#include "http/admin_server.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/consumer_config.hpp"
#include "pipeline/lag.hpp"
#include "pipeline/service_loops.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace millrace::pipeline {

class consumer_process {
public:
  // `further` outlive it.
  consumer_process(const service& s, const consumer_config& c, metrics::registry& m, std::vector<further_loop*> further = {});
  // Waits until the tables are as this version needs them, runs the loops, returns when a signal asks to stop.
  void run();

private:
  bool wait_for_tables();
  bool tables_are_there();
  void show_what_waits();
  std::vector<http::check> checks() const;
  std::string hangs() const;

  // Before any thread of ours exists, so that all of them leave SIGTERM and SIGINT to run().
  struct held_signals {
    held_signals();
  } held_signals_;
  const service& service_;
  const consumer_config& config_;
  std::atomic<bool> stop_{false}, running_{false};
  const std::unique_ptr<tracing::tracer> traces_;
  service_loops loops_;
  const std::vector<further_loop*> further_;
  loop_health tables_, kafka_, postgres_; // until the loops run
  lag_by_copies unread_;
  http::admin_server admin_;
};

} // namespace millrace::pipeline
