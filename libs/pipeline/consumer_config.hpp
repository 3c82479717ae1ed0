// The settings that every consumer service has, read from the environment once at start. A value, owned by main.
#pragma once

#include "core/log_settings.hpp"
#include "kafka/client.hpp"
#include "kafka/topics.hpp"
#include "pipeline/service.hpp"
#include "provider/profile.hpp"
#include "provider/sources.hpp"
#include "tracing/trace_settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::pipeline {

struct consumer_config {
  kafka::client_settings kafka;
  std::string postgres; // conninfo; empty: PG*
  std::string admin_address;
  std::uint16_t admin_port = 0;
  std::string ready_file;
  std::string sources_file; // empty: none
  log_settings logs;
  std::size_t batch_most = 1000, marks_most = 1000;
  tracing::trace_settings traces;
  std::chrono::milliseconds batch_wait{0};
  std::shared_ptr<const catalogue> profiles;
  std::shared_ptr<const sources> senders; // whose admin keys verify administration again
  std::vector<kafka::topic_file> topics;
  std::vector<fault> warnings;            // variables that nobody reads
  std::vector<fault> faults;              // of all settings and files at once; empty when good
};

consumer_config read_consumer_config(settings& from, const std::string& service_name);

// Fills what a service's own description leaves open.
service configured(service described, const consumer_config& c);

// Prints all faults on stderr and ends with exit code 78 when there are any.
void exit_on_faults(const std::vector<fault>& faults);

} // namespace millrace::pipeline
