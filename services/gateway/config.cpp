#include "config.hpp"

#include "core/format.hpp"
#include "core/setting_names.hpp"
#include "kafka/settings.hpp"
#include "provider/profile_settings.hpp"
#include "provider/sources.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t mebibyte = 1024 * 1024;

void read_http(settings& from, http::server_settings& http) {
  http.address = from.text("MILLRACE_HTTP_ADDRESS", "127.0.0.1", "address of the public port");
  http.port = static_cast<std::uint16_t>(from.integer("MILLRACE_HTTP_PORT", 8080, 0, 65535, "the public port; 0: any"));
  http.certificate_file = from.text("MILLRACE_TLS_CERTIFICATE", "", "PEM file with the chain; TLS when set");
  http.key_file = from.text("MILLRACE_TLS_KEY", "", "PEM file with its key");
  http.connections_max = static_cast<std::size_t>(
      from.integer("MILLRACE_GATEWAY_CONNECTIONS", 10'000, 1, 1'000'000, "open connections of one worker"));
  http.buffer_bytes_max = static_cast<std::size_t>(from.integer(
      "MILLRACE_GATEWAY_BUFFER_BYTES", 64 * mebibyte, mebibyte, 1 << 30, "bytes of requests being read, of one worker"));
  http.header_time = from.duration("MILLRACE_GATEWAY_HEADER_TIME", 10s, "for a whole header");
  http.body_time = from.duration("MILLRACE_GATEWAY_BODY_TIME", 30s, "for a whole body");
  http.idle_time = from.duration("MILLRACE_GATEWAY_IDLE_TIME", 75s, "between two requests of a connection");
  http.write_time = from.duration("MILLRACE_GATEWAY_WRITE_TIME", 10s, "for a client to take an answer");
}

void tune_producer(kafka::client_settings& kafka) {
  // With more requests in flight, librdkafka sends an event as soon as it is there: three times as many switches between
  // threads, and smaller batches. With one, partitions of one broker wait for each other.
  if (!kafka.properties.contains("max.in.flight.requests.per.connection"))
    kafka.properties.try_emplace("max.in.flight", "2");
}

void read_limits(settings& from, webhook_limits& limits) {
  limits.events_in_flight = static_cast<std::size_t>(from.integer(
      "MILLRACE_GATEWAY_EVENTS_IN_FLIGHT", 20'000, 1, 1'000'000, "events of one worker that Kafka has not acknowledged"));
  limits.bytes_in_flight = static_cast<std::size_t>(from.integer("MILLRACE_GATEWAY_BYTES_IN_FLIGHT", 48 * mebibyte,
                                                                 mebibyte, 1 << 30, "their bytes, headers included"));
  limits.post_events = static_cast<std::size_t>(
      from.integer("MILLRACE_GATEWAY_POST_EVENTS", 10'000, 1, 1'000'000, "events of one post; one of more is answered 413"));
  limits.answer_time = from.duration("MILLRACE_GATEWAY_ANSWER_TIME", 1s, "most that an answer waits for Kafka");
}

// Kafka's client must take what our limits let through: else the rest of a post that it has begun is refused.
void fit_queue(kafka::client_settings& kafka, const webhook_limits& limits) {
  kafka.properties.try_emplace("queue.buffering.max.messages", std::to_string(std::max<std::size_t>(limits.events_in_flight, 100'000)));
  kafka.properties.try_emplace("queue.buffering.max.kbytes", std::to_string(std::max<std::size_t>(limits.bytes_in_flight / 1024 + 1, 65'536)));
}

// What calls of lead workers need; without a source that has them nothing of it is used.
void read_calls(settings& from, config& c) {
  c.calls.postgres = from.conninfo("MILLRACE_POSTGRES", "for calls of lead workers: libpq conninfo or URI; empty: PG* variables and service files");
  c.calls.seal_key = from.secret("MILLRACE_GATEWAY_SEAL_KEY", "the private key that opens lead workers' secrets (`millrace admin seal --new-key`)");
  c.calls.database_threads = static_cast<int>(from.integer("MILLRACE_GATEWAY_DATABASE_THREADS", 4, 1, 64, "connections for the tables of admission"));
  c.calls.topics = kafka::consumed_by("gateway", kafka::topics_of(kafka::read_topics_folder(from), c.faults));
}

void check_certificate(config& c) {
  const std::string &certificate = c.http.certificate_file, &key = c.http.key_file;
  if (certificate.empty() && key.empty())
    return;
  const std::size_t before = c.faults.size();
  for (const auto& [name, file] : {std::pair{"MILLRACE_TLS_CERTIFICATE", certificate}, {"MILLRACE_TLS_KEY", key}})
    if (!file.empty() && !std::ifstream(file))
      c.faults.push_back(bad("unreadable_file", name, "cannot read the file " + file));
  if (certificate.empty() != key.empty())
    c.faults.push_back(bad("incomplete", "MILLRACE_TLS_CERTIFICATE", "certificate and MILLRACE_TLS_KEY belong together"));
  if (c.faults.size() > before)
    return;
  if (const auto why = http::certificate_fault(certificate, key))
    c.faults.push_back(bad("bad_certificate", "MILLRACE_TLS_CERTIFICATE",
                           format("cannot use {} with the key {}: {}; PEM files that belong together are wanted", certificate, key, *why)));
}

// What only shows when all is read.
void check_together(config& c) {
  if (!c.publishes && !c.dev_mode)
    c.faults.push_back(bad("not_allowed", "MILLRACE_GATEWAY_PUBLISH", "off needs MILLRACE_DEV_MODE=1: nothing is stored"));
  check_certificate(c);
  for (fault& f : kafka::check_settings(c.kafka))
    c.faults.push_back(std::move(f));
}

} // namespace

config config::read(settings& from) {
  config c;
  read_http(from, c.http);
  c.admin_address = from.text("MILLRACE_ADMIN_ADDRESS", "127.0.0.1", "address of /metrics, /healthz, /readyz");
  c.admin_port = static_cast<std::uint16_t>(from.integer("MILLRACE_ADMIN_PORT", 8081, 0, 65535, "their port; 0: any"));
  c.workers = static_cast<int>(from.integer("MILLRACE_GATEWAY_WORKERS", 1, 1, 64, "threads that serve, each alone"));
  c.http.shared_port = c.workers > 1;
  c.sources_file = from.required("MILLRACE_SOURCES", "sources.json: the configured senders");
  c.providers_folder = read_profiles_folder(from);
  c.kafka = kafka::read_client_settings(from, kafka::client_id_here("gateway"));
  c.calls.kafka = c.kafka;
  tune_producer(c.kafka);
  read_calls(from, c);
  read_limits(from, c.limits);
  fit_queue(c.kafka, c.limits);
  c.delivery_time = from.duration("MILLRACE_GATEWAY_DELIVERY_TIME", 10s, "after it Kafka's client gives a record up");
  c.shutdown_time = from.duration("MILLRACE_SHUTDOWN_TIME", 20s, "most that SIGTERM waits for what is in flight");
  c.young_time = from.duration("MILLRACE_GATEWAY_YOUNG_TIME", c.young_time, "how long after a start or a reload an unknown source is told to try again, not that there is none");
  c.dev_mode = from.flag("MILLRACE_DEV_MODE", false, "allows secrets inside sources.json, and publishing to be off");
  c.publishes = from.choice("MILLRACE_GATEWAY_PUBLISH", "on", {"on", "off"},
                            "off: for benchmarks; answers without storing anything") == "on";
  c.ready_file = from.text("MILLRACE_READY_FILE", "", "written when serving: the ports, as JSON");
  c.logs = read_log_settings(from);
  c.traces = tracing::read_trace_settings(from, "gateway", c.faults);
  for (const fault& f : from.faults())
    c.faults.push_back(f);
  check_together(c);
  c.warnings = unknown_settings(from, sources::variables_named_in(c.sources_file));
  return c;
}

config config::read_or_exit() {
  settings from;
  config c = read(from);
  for (const fault& f : c.faults)
    std::fprintf(stderr, "gateway: %s\n", f.text().c_str());
  if (!c.faults.empty())
    std::exit(78);
  return c;
}

} // namespace millrace::gateway
