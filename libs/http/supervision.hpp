// What a service tells its supervisor, from what its admin port would say: READY=1 once /readyz says so, WATCHDOG=1 for as
// long as /healthz does, and what is amiss as STATUS. Owned by the admin server; its thread's.
#pragma once

#include "core/supervisor.hpp"
#include "http/admin_server.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::http {

class supervision {
public:
  using clock = std::chrono::steady_clock;
  explicit supervision(supervisor s) : supervisor_(std::move(s)) {}

  bool wanted() const { return supervisor_.listens(); }
  // `hangs` as of admin_server. Called some times a second.
  void look(clock::time_point now, const std::vector<check>& checks, const std::string& hangs);

private:
  supervisor supervisor_;
  bool ready_ = false;
  std::string status_;
  clock::time_point next_sign_{};
};

} // namespace millrace::http
