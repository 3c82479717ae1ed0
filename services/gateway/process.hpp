// The gateway as a process: its workers, the sources that they serve, and how it ends. Owned by main; main's thread.
#pragma once

#include "config.hpp"
#include "http/admin_server.hpp"
#include "http/loop.hpp"
#include "metrics/metrics.hpp"
#include "shedding.hpp"
#include "sources_watch.hpp"
#include "worker.hpp"
#include "worker_calls.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace millrace::gateway {

class process {
public:
  // Everything that can fail at start fails here, as an outage that says what to do.
  explicit process(const config& c);
  ~process();

  // Serves until SIGTERM or SIGINT, then: not ready, nothing new accepted, what is in flight finished, flushed. The exit
  // code: 0, or 75 (EX_TEMPFAIL) when the time for that was over first.
  int run();

  std::uint16_t port() const { return workers_.front()->port(); }
  std::uint16_t admin_port() const { return admin_->port(); }
  // As a signal would; from any thread.
  void stop();
  void reload();

private:
  std::vector<http::check> ready() const; // on the admin server's thread
  std::string hangs() const;              // there, too
  void drain();
  void tell_ready() const;

  const config config_;
  metrics::registry registry_;
  std::unique_ptr<tracing::tracer> traces_; // null: nothing is traced
  catalogue profiles_;
  shedding sheds_;
  http::loop control_;
  std::unique_ptr<worker_calls> calls_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::unique_ptr<sources_watch> watch_;
  std::atomic<bool> draining_ = false;
  std::chrono::steady_clock::time_point end_by_;
  std::unique_ptr<http::admin_server> admin_; // ends first: it looks at the others
};

// Runs `body` as a program: an outage is told on the log with what to do, and is exit code 69 (EX_UNAVAILABLE).
int guarded(int (*body)());

} // namespace millrace::gateway
