// The settings of the console: nobody else in this program reads the environment. A value, owned by main.
#pragma once

#include "core/log_settings.hpp"
#include "http/server.hpp"
#include "kafka/client.hpp"
#include "kafka/topics.hpp"
#include "provider/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::console {

struct config {
  http::server_settings http;
  std::size_t streams_most = 16; // pages that are told what happens, at once
  std::size_t events_most = 500; // that are kept
  std::vector<std::pair<std::string, std::string>> services; // name and admin address, in the order of the line
  kafka::client_settings kafka;
  std::string postgres; // conninfo; empty: PG*
  std::string admin_address;
  std::uint16_t admin_port = 0;
  std::string ready_file;
  log_settings logs;
  std::shared_ptr<const catalogue> profiles;
  std::vector<kafka::topic_file> topics;
  std::vector<fault> warnings; // variables that nobody reads
  std::vector<fault> faults;   // of all settings and files at once; empty when good

  static config read(settings& from);
};

// "gateway=http://127.0.0.1:8081 contact-sync=http://…"; what does not fit is a fault.
std::vector<std::pair<std::string, std::string>> read_services(std::string_view text, std::vector<fault>& faults);

// Whether only this machine reaches it: 127.…, ::1.
bool is_loopback(std::string_view address);

} // namespace millrace::console
