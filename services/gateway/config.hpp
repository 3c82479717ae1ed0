// The gateway's settings: the only file of the gateway that knows the environment's names. A value.
#pragma once

#include "core/log_settings.hpp"
#include "http/server.hpp"
#include "kafka/client.hpp"
#include "tracing/trace_settings.hpp"
#include "webhook.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::gateway {

struct config {
  http::server_settings http;
  std::string admin_address;
  std::uint16_t admin_port = 0;
  int workers = 1;
  std::string sources_file;
  std::string providers_folder; // empty: those built in
  kafka::client_settings kafka;
  call_settings calls;
  webhook_limits limits;
  tracing::trace_settings traces;
  std::chrono::milliseconds delivery_time{};
  std::chrono::milliseconds shutdown_time{};
  std::chrono::milliseconds young_time{std::chrono::minutes(10)};
  bool publishes = true;
  bool dev_mode = false;
  std::string ready_file; // empty: none
  log_settings logs;
  std::vector<fault> faults;   // of all settings at once, and of what does not go together; empty when good
  std::vector<fault> warnings; // variables that nobody reads

  static config read(settings& from);
  // The process's own. Faults are told on stderr, all at once, and end the process with 78 (EX_CONFIG).
  static config read_or_exit();
};

} // namespace millrace::gateway
