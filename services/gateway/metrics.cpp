#include "metrics.hpp"

#include "core/failure.hpp"
#include "core/instant.hpp"

#include <limits>

namespace millrace::gateway {

namespace {

std::string_view name_of(verdict::outcome o) {
  switch (o) {
  case verdict::outcome::yes: return "yes";
  case verdict::outcome::no: return "no";
  case verdict::outcome::none: return "none";
  }
  throw bug("a verdict without name");
}

metrics::histogram& request_seconds(metrics::registry& registry, const char* stored) {
  return registry.histogram("millrace_request_seconds", "From a request's last byte to its answer, by whether it was stored; about 0 for one that its header decided.",
                            metrics::latency_buckets(), {{"stored", stored}});
}

} // namespace

metrics::counter& published_counter(metrics::registry& registry, const std::string& topic) {
  return registry.counter("millrace_events_published_total", "Events that Kafka acknowledged.", {{"topic", topic}});
}

served::served(std::shared_ptr<const directory> d, metrics::registry& registry)
    : directory_(std::move(d)), registry_(registry),
      accepted_seconds_(request_seconds(registry, "yes")), refused_seconds_(request_seconds(registry, "no")) {
  for (const source& s : directory_->all()) {
    sources_.push_back({s.of->name + "/" + s.name, {}, {}});
    declare(s, sources_.back());
  }
  unknown_.name = "unknown";
}

// What alerts count must stand at 0 before it happens: a series that begins at 5 has not risen.
void served::declare(const source& s, of_source& to) {
  published_counter(registry_, s.of->topic);
  to.answers[static_cast<std::size_t>(answer::accepted)] = &answer_counter(to.name, answer::accepted, {});
  for (const char* why : {"deadline", "outage", "refused"})
    answer_counter(to.name, answer::unavailable, why);
  for (const char* why : {"in_flight", "queue_full"})
    answer_counter(to.name, answer::overloaded, why);
  for (const auto& [key, end] : s.key_ends())
    registry_.gauge("millrace_key_not_after_timestamp_seconds", "When a source's key ends (+Inf: never).", {{"source", to.name}, {"key", key}})
        .set(end ? static_cast<double>(end->us) / second_us : std::numeric_limits<double>::infinity());
}

metrics::counter& served::answer_counter(const std::string& source, answer a, std::string_view reason) {
  return registry_.counter("millrace_requests_total", "Requests by source, answer, and why.",
                           {{"source", source}, {"answer", std::string(code_of(a))}, {"reason", std::string(reason)}});
}

void served::answered(const source* s, answer a, std::string_view reason, double seconds) {
  took(a, seconds);
  of_source& to = s ? sources_[directory_->index_of(*s)] : unknown_;
  if (!reason.empty())
    return answer_counter(to.name, a, reason).add();
  metrics::counter*& kept = to.answers[static_cast<std::size_t>(a)];
  if (!kept)
    kept = &answer_counter(to.name, a, reason);
  kept->add();
}

void served::verified(const source& s, const verdict& v) {
  of_source& to = sources_[directory_->index_of(s)];
  const std::string_view key = v.of_ring ? std::string_view("ring") : v.key_id; // as many as there are workers: none has a label
  for (const auto& known : to.verdicts)
    if (known.scheme.data() == v.scheme.data() && known.key.data() == key.data() && known.outcome == v.result)
      return known.count->add();
  metrics::counter& count = registry_.counter(
      "millrace_verifications_total", "Signatures looked at, by source, scheme, key and verdict.",
      {{"source", to.name}, {"scheme", std::string(v.scheme)}, {"key", std::string(key)},
       {"verdict", std::string(name_of(v.result))}});
  to.verdicts.push_back({v.scheme, key, v.result, &count});
  count.add();
}

load_metrics::load_metrics(metrics::registry& registry) : registry_(registry) { now({}); }

void load_metrics::now(const load& l) {
  registry_.gauge("millrace_connections", "Open connections.").add(l.connections - last_.connections);
  registry_.gauge("millrace_buffer_bytes", "Bytes of read buffers beyond the first 4 KiB of each connection.")
      .add(l.buffer_bytes - last_.buffer_bytes);
  registry_.gauge("millrace_events_in_flight", "Events handed to Kafka's client and not yet reported.")
      .add(l.events - last_.events);
  registry_.gauge("millrace_event_bytes_in_flight", "Bytes of the events in flight, headers included.").add(l.event_bytes - last_.event_bytes);
  registry_.counter("millrace_connections_accepted_total", "Connections ever accepted.").add(l.accepted - last_.accepted);
  registry_.counter("millrace_connections_turned_away_total", "Connections over the limit.")
      .add(l.turned_away - last_.turned_away);
  registry_.counter("millrace_connections_timed_out_total", "Connections ended for being slow.")
      .add(l.timed_out - last_.timed_out);
  registry_.counter("millrace_producer_renewals_total", "Fatal producer errors that made a new producer.")
      .add(l.renewals - last_.renewals);
  last_ = l;
}

void load_metrics::certificate_ends(double timestamp_s) {
  registry_.gauge("millrace_tls_certificate_not_after_timestamp_seconds", "When the TLS certificate that is served ends.").set(timestamp_s);
}

} // namespace millrace::gateway
