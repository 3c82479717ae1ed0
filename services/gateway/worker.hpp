// One thread that serves: its own loop, port, producer and limits. Shares nothing with other workers but immutable values
// and metrics.
#pragma once

#include "config.hpp"
#include "core/heartbeat.hpp"
#include "directory.hpp"
#include "metrics.hpp"
#include "shedding.hpp"
#include "sink.hpp"
#include "webhook.hpp"
#include "worker_calls.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

namespace millrace::gateway {

class worker {
public:
  // Listens at once (throws outage when it cannot); answers once the first directory came.
  worker(const config& c, const catalogue& profiles, shedding& sheds, worker_calls& calls, metrics::registry& registry, tracing::tracer* traces);
  ~worker(); // end() first, or it ends hard
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  std::uint16_t port() const { return port_; }
  void serve(std::shared_ptr<const directory> d); // any thread
  void drain();                                    // any thread: takes nothing new; ended() when all is answered
  bool ended() const { return ended_; }
  bool connected() const { return connected_; }    // Kafka, as last seen
  std::chrono::milliseconds since_beat() const { return heart_.age(); } // since its loop last came round
  // Stops the thread and flushes what Kafka was given; false when something did not get there in time.
  bool end(std::chrono::milliseconds most);

private:
  void look_after();

  http::loop loop_;
  std::unique_ptr<sink> sink_;
  asking database_;
  webhook webhook_;
  load_metrics load_;
  std::optional<http::server> server_;
  std::uint16_t port_;
  bool draining_ = false;
  heartbeat heart_;
  std::atomic<bool> connected_ = false, ended_ = false;
  std::thread thread_;
};

} // namespace millrace::gateway
