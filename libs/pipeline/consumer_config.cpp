#include "pipeline/consumer_config.hpp"

#include "core/format.hpp"
#include "core/log.hpp"
#include "core/setting_names.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace millrace::pipeline {

using namespace std::chrono_literals;

namespace {

std::string host() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

void read_files(consumer_config& c, settings& from, const std::string& service_name) {
  const auto providers = from.text("MILLRACE_PROVIDERS", "", "folder of provider profiles; empty: those built in");
  auto profiles = std::make_shared<catalogue>(providers.empty() ? catalogue::embedded(c.faults) : catalogue::load(providers, c.faults));
  const auto topics = from.text("MILLRACE_TOPICS", "", "folder of topic files; empty: those built in");
  for (auto& t : topics.empty() ? kafka::embedded_topics(c.faults) : kafka::load_topics(topics, c.faults))
    if (std::find(t.consumers.begin(), t.consumers.end(), service_name) != t.consumers.end())
      c.topics.push_back(std::move(t));
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
  c.kafka.brokers = from.text("MILLRACE_KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, host:port,host:port");
  c.kafka.client_id = service_name + "/" + host();
  c.kafka.properties = from.properties("MILLRACE_KAFKA_", "any librdkafka property");
  c.kafka.properties.erase("brokers");
  c.postgres = from.conninfo("MILLRACE_POSTGRES", "libpq conninfo or URI; empty: PG* variables and service files");
  c.admin_address = from.text("MILLRACE_ADMIN_ADDRESS", "127.0.0.1", "address of /metrics, /healthz and /readyz");
  c.admin_port = static_cast<std::uint16_t>(from.integer("MILLRACE_ADMIN_PORT", 0, 0, 65535, "its port; 0: any free one"));
  c.ready_file = from.text("MILLRACE_READY_FILE", "", "file that tells the admin port when the service has started");
  c.log_level = from.choice("MILLRACE_LOG_LEVEL", "info", {"debug", "info", "warning", "error"}, "least level that is logged");
  c.log_form = from.choice("MILLRACE_LOG_FORMAT", "auto", {"auto", "json", "human"}, "log lines: JSON, or for people on a terminal");
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

void start_log(const std::string& service_name, const consumer_config& c) {
  const auto least = c.log_level == "debug" ? log::level::debug : c.log_level == "info" ? log::level::info : c.log_level == "warning" ? log::level::warning : log::level::error;
  log::start(service_name, least, c.log_form == "json" || (c.log_form == "auto" && !log::stderr_is_terminal()));
  warn_of_unknown(c.warnings);
}

void exit_on_faults(const std::vector<fault>& faults) {
  if (faults.empty())
    return;
  for (const auto& f : faults)
    std::fprintf(stderr, "%s\n", f.text().c_str());
  std::exit(78);
}

} // namespace millrace::pipeline
