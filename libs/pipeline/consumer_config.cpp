#include "pipeline/consumer_config.hpp"

#include "core/format.hpp"
#include "core/setting_names.hpp"
#include "kafka/settings.hpp"
#include "provider/profile_settings.hpp"

#include <cstdio>
#include <cstdlib>

namespace millrace::pipeline {

using namespace std::chrono_literals;

namespace {

void read_files(consumer_config& c, settings& from, const std::string& service_name) {
  auto profiles = std::make_shared<catalogue>(catalogue_of(read_profiles_folder(from), c.faults));
  c.topics = kafka::consumed_by(service_name, kafka::topics_of(kafka::read_topics_folder(from), c.faults));
  c.sources_file = from.text("MILLRACE_SOURCES", "", "sources.json, whose admin keys verify administration again; empty: administration is refused");
  if (!c.sources_file.empty()) {
    std::vector<fault> warnings;
    c.senders = sources::load(c.sources_file, *profiles, sources::system_secrets(from.flag("MILLRACE_DEV_MODE", false, "secrets may stand in files")), c.faults, warnings);
  }
  c.profiles = std::move(profiles);
}

// Two services of one group would share out the partitions, and neither would see all events: that of a shared
// environment is the other's, too.
void check_group(const consumer_config& c, const std::string& service_name, std::vector<fault>& faults) {
  const auto group = c.kafka.properties.find("group.id");
  if (group != c.kafka.properties.end() && group->second != service_name && !group->second.ends_with("." + service_name))
    faults.push_back(bad("not_allowed", "MILLRACE_KAFKA_GROUP_ID",
                         format("`{}` is refused for {}: a group that is not the service's alone hides events from it; leave it out, or let it end with `.{}`",
                                group->second, service_name, service_name)));
}

} // namespace

consumer_config read_consumer_config(settings& from, const std::string& service_name) {
  consumer_config c;
  c.kafka = kafka::read_client_settings(from, kafka::client_id_here(service_name));
  c.postgres = from.conninfo("MILLRACE_POSTGRES", "libpq conninfo or URI; empty: PG* variables and service files");
  c.admin_address = from.text("MILLRACE_ADMIN_ADDRESS", "127.0.0.1", "address of /metrics, /healthz and /readyz");
  c.admin_port = static_cast<std::uint16_t>(from.integer("MILLRACE_ADMIN_PORT", 0, 0, 65535, "its port; 0: any free one"));
  c.ready_file = from.text("MILLRACE_READY_FILE", "", "file that tells the admin port when the service has started");
  c.logs = read_log_settings(from);
  c.batch_most = static_cast<std::size_t>(from.integer("MILLRACE_BATCH_EVENTS", 1000, 1, 100'000, "events a recorded batch, at most"));
  c.batch_wait = from.duration("MILLRACE_BATCH_WAIT", 200ms, "how long a batch waits for its first event");
  c.marks_most = static_cast<std::size_t>(from.integer("MILLRACE_PASS_MARKS", 1000, 1, 100'000, "marks that one pass of the deriver takes, at most"));
  c.traces = tracing::read_trace_settings(from, service_name, c.faults);
  read_files(c, from, service_name);
  c.warnings = unknown_settings(from, sources::variables_named_in(c.sources_file));
  auto faults = from.faults(); // those of the settings first
  for (auto& f : kafka::check_settings(c.kafka))
    faults.push_back(std::move(f));
  check_group(c, service_name, faults);
  c.faults.insert(c.faults.begin(), faults.begin(), faults.end());
  return c;
}

service configured(service described, const consumer_config& c) {
  described.postgres = c.postgres;
  described.kafka = c.kafka;
  described.topics = c.topics;
  described.profiles = c.profiles.get();
  described.admin_sources = c.senders;
  described.batch_most = c.batch_most;
  described.batch_wait = c.batch_wait;
  described.marks_most = c.marks_most;
  return described;
}

void exit_on_faults(const std::vector<fault>& faults) {
  if (faults.empty())
    return;
  for (const auto& f : faults)
    std::fprintf(stderr, "%s\n", f.text().c_str());
  std::exit(78);
}

} // namespace millrace::pipeline
