#include "console/board.hpp"

#include "core/format.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::console {
namespace {

constexpr std::int64_t minute_ms = 60'000;
// Postgres is asked every second: silent for so long, it does not answer.
constexpr std::int64_t silent_ms = 6'000;
constexpr std::size_t samples_most = 180; // 15 minutes
constexpr std::size_t sources_most = 1'000;
constexpr std::size_t told_most = 200; // events at once

constexpr std::array<const char*, 5> outcomes = {"applied", "ignored", "duplicate", "error", "stuck"};

void turn(answering& a, const std::string& away, std::int64_t now_ms) {
  const bool yes = away.empty();
  if (a.since_ms == 0 || a.yes != yes)
    a.since_ms = now_ms;
  a.yes = yes;
  a.why = away;
}

// Three significant digits are enough for eyes.
json::writer& decimal(json::writer& w, double value) {
  const double scale = value >= 100 ? 1 : value >= 10 ? 10 : 1000;
  const double rounded = std::round(value * scale) / scale;
  return std::isfinite(rounded) ? w.number_text(format("{}", rounded)) : w.null();
}

json::writer& number(json::writer& w, std::string_view name, std::int64_t n) { return w.name(name).number(n); }

void write_answering(json::writer& w, std::string_view name, const answering& a) {
  w.name(name).begin_object().name("ok").boolean(a.yes).name("why").string(a.why);
  number(w, "since_ms", a.since_ms);
  w.end_object();
}

void write_verdict(json::writer& w, const verdict& v) {
  w.name("verdict").begin_object().name("level").string(name_of(v.level)).name("text").string(v.sentence).name("findings").begin_array();
  for (const finding& f : v.findings)
    w.begin_object().name("node").string(f.node).name("level").string(name_of(f.level)).name("text").string(f.text).name("runbook").string("ops/runbooks/" + f.runbook + ".md").name("command").string(f.command).end_object();
  w.end_array().end_object();
}

// What a list shows of an event.
void write_summary(json::writer& w, const seen_event& s) {
  const auto& e = s.event;
  number(w, "n", static_cast<std::int64_t>(s.number));
  number(w, "at_ms", e.unreadable.empty() ? e.received.us / 1000 : e.timestamp_ms);
  w.name("topic").string(e.topic);
  w.name("type").string(e.unreadable.empty() ? e.type : e.topic);
  w.name("subject").string(e.unreadable.empty() ? e.subject : e.unreadable).name("source").string(e.provider.empty() ? "" : e.provider + "/" + e.source);
  w.name("outcome").string(s.outcome()).name("code").string(e.code).name("verified").string(e.verified);
  w.name("ms");
  if (const auto ms = s.ms_to_row())
    decimal(w, *ms);
  else
    w.null();
}

void write_request(json::writer& w, const line::shown_event& e) {
  w.name("request").begin_object().name("method").string(e.method).name("url").string(e.url).name("content_type").string(e.content_type);
  number(w, "bytes", static_cast<std::int64_t>(e.body_bytes));
  number(w, "index", e.post_index);
  number(w, "count", e.post_count);
  w.name("payload").string(e.payload).end_object();
  w.name("signature").begin_object().name("verified").string(e.verified).name("key").string(e.key_id).name("family").string(e.family).name("headers").begin_array();
  for (const auto& [name, value] : e.signed_headers)
    w.begin_array().string(name).string(value.substr(0, 300)).end_array();
  w.end_array().end_object();
}

void write_facts(json::writer& w, const line::shown_event& e) {
  w.name("facts").begin_array();
  for (const auto& f : e.facts) {
    w.begin_object().name("kind").string(f.kind).name("fields").begin_array();
    for (const auto& field : f.fields)
      w.string(field);
    w.end_array().end_object();
  }
  w.end_array();
}

void write_rows(json::writer& w, const seen_event& s) {
  w.name("raw");
  if (s.rows.raw)
    w.begin_object().name("table").string(s.rows.raw->table).name("status").string(s.rows.raw->status).end_object();
  else
    w.null();
  w.name("services").begin_object();
  for (const auto& [service, of] : s.rows.services) {
    w.name(service).begin_object().name("outcome").string(of.outcome).name("facts").begin_object();
    for (const auto& [kind, n] : of.facts)
      number(w, kind, n);
    w.end_object().end_object();
  }
  w.end_object();
}

// Its way, in milliseconds since the gateway had it.
void write_way(json::writer& w, const seen_event& s) {
  const auto& e = s.event;
  const auto step = [&](std::string_view what, std::string_view where, double ms) {
    w.begin_object().name("what").string(what).name("where").string(where).name("ms");
    decimal(w, ms);
    w.end_object();
  };
  w.name("way").begin_array();
  if (e.said_time)
    step("happened", "as the provider says", static_cast<double>(e.said_time->us - e.received.us) / 1000);
  step("received", "gateway", 0);
  // The record's time is in whole milliseconds: a part of one is lost.
  step("in Kafka", format("{}[{}]@{}", e.topic, e.partition, e.offset), std::max(0.0, static_cast<double>(e.timestamp_ms) - static_cast<double>(e.received.us / 1000)));
  if (const auto ms = s.ms_to_row())
    step("recorded", s.rows.raw->table, *ms);
  w.end_array();
}

} // namespace

board::board(std::vector<described_service> services, std::size_t events_most) : services_(std::move(services)), ring_(events_most) {
  kafka_.why = postgres_.why = "not asked yet";
}

void board::event_came(line::shown_event e, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  if (e.unreadable.empty() && (last_of_source_.size() < sources_most || last_of_source_.contains(e.provider + "/" + e.source))) {
    auto& last = last_of_source_[e.provider + "/" + e.source];
    last = std::max(last, e.received.us / 1000);
  }
  ring_.add(std::move(e), now_ms);
}

void board::kafka_is(const std::string& away, std::map<kafka::partition_id, std::int64_t> ends, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  turn(kafka_, away, now_ms);
  ends_ = std::move(ends);
  std::map<std::string, double> of_topic;
  for (const auto& [p, next] : ends_)
    of_topic[p.topic] += static_cast<double>(next);
  for (const auto& [topic, sum] : of_topic)
    rates_.see("topic " + topic, now_ms, sum);
}

void board::service_is(const std::string& name, const std::optional<scraped>& answer, const std::string& why, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  known_service& s = known_[name];
  turn(s.answers, answer ? std::string() : why, now_ms);
  if (!answer) {
    s.last.failing.clear(); // the counters stay as they were
    return;
  }
  s.last = *answer;
  std::map<std::string, double> sums;
  for (const series& one : answer->all) {
    if (one.name == "millrace_requests_total" && one.label("answer") == "accepted")
      sums["source " + one.label("source")] += one.value;
    else if (one.name == "millrace_events_total")
      sums["edge " + one.label("topic") + " " + name] += one.value;
    else if (one.name == "millrace_derived_rows_total")
      sums["rows " + name] += one.value;
  }
  for (const auto& [key, sum] : sums)
    rates_.see(key, now_ms, sum);
}

void board::tables_are(std::map<std::string, tables_of_service> of, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  for (const described_service& d : services_) {
    const auto at = of.find(d.name);
    known_[d.name].tables = at == of.end() ? std::nullopt : std::optional(std::move(at->second));
  }
  turn(postgres_, {}, now_ms);
  postgres_told_ms_ = now_ms;
}

void board::postgres_is(const std::string& away, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  turn(postgres_, away, now_ms);
  postgres_told_ms_ = now_ms;
}

std::vector<board::waiting_event> board::waiting(std::size_t most) const {
  const std::lock_guard lock(guard_);
  std::vector<waiting_event> all;
  for (const seen_event* s : ring_.waiting(most))
    all.push_back({s->number, s->event.id, s->event.topic, s->event.received, s->rows, s->seen_ms});
  return all;
}

void board::rows_are(std::uint64_t number, event_rows rows, bool complete) {
  const std::lock_guard lock(guard_);
  ring_.set(number, std::move(rows), complete);
}

// ── what is measured ──

measurement board::measured(std::int64_t now_ms) const {
  const std::lock_guard lock(guard_);
  return measure(now_ms);
}

measurement board::measure(std::int64_t now_ms) const {
  measurement m;
  m.now_ms = now_ms;
  m.kafka = kafka_;
  m.postgres = postgres_;
  if (postgres_.yes && now_ms - postgres_told_ms_ > silent_ms)
    m.postgres = {false, "it was asked and has not answered", postgres_told_ms_};
  for (const described_service& d : services_) {
    service_measure& s = m.services.emplace_back();
    s.name = d.name;
    const auto at = known_.find(d.name);
    if (at == known_.end())
      continue;
    s.answers = at->second.answers;
    s.failing = at->second.last.failing;
    s.has_tables = at->second.tables.has_value();
    if (s.has_tables)
      measure_lag(d, *at->second.tables, now_ms, s);
  }
  for (const seen_event& e : ring_.all()) {
    const auto at_ms = e.event.unreadable.empty() ? e.event.received.us / 1000 : e.event.timestamp_ms;
    m.newest_event_ms = std::max(m.newest_event_ms, at_ms);
    if (at_ms < now_ms - minute_ms)
      continue;
    ++m.events_last_minute;
    m.waiting_last_minute += e.outcome() == "waiting";
  }
  return m;
}

void board::measure_lag(const described_service& d, const tables_of_service& t, std::int64_t now_ms, service_measure& s) const {
  s.marks = t.status.marks;
  s.oldest_mark_s = t.status.marks ? t.status.oldest_mark_seconds : 0;
  s.stuck_events = t.status.stuck_events;
  s.stuck_groups = t.status.stuck_groups;
  s.outbox = t.status.outbox;
  for (const auto& [kind, n] : t.status.findings)
    s.findings += n;
  for (const auto& [topic, b] : t.status.topics) {
    auto& to = s.topics[topic];
    to.read = b.next - b.first;
    std::copy(b.outcomes.begin(), b.outcomes.end(), to.outcomes.begin());
  }
  if (t.positions.empty()) // it never read: the gateway, where no worker calls
    return;
  std::int64_t oldest_ms = now_ms;
  for (const auto& [p, end] : ends_) {
    if (std::find(d.topics.begin(), d.topics.end(), p.topic) == d.topics.end())
      continue;
    const auto at = t.positions.find(p);
    if (at == t.positions.end() || at->second >= end)
      continue;
    s.lag += end - at->second;
    s.topics[p.topic].waits += end - at->second;
    for (const seen_event& e : ring_.all()) // of those that are kept: then it is at least so old
      if (e.event.topic == p.topic && e.event.partition == p.partition && e.event.offset >= at->second) {
        oldest_ms = std::min(oldest_ms, e.event.timestamp_ms);
        break;
      }
  }
  s.oldest_event_s = static_cast<double>(now_ms - oldest_ms) / 1000;
}

void board::sample(std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  for (const service_measure& s : measure(now_ms).services) {
    auto& points = lines_[s.name];
    points.push_back({s.oldest_s(), s.answers.yes});
    if (points.size() > samples_most)
      points.pop_front();
  }
}

// ── what the page is told ──

std::string board::state_json(std::int64_t now_ms) const {
  const std::lock_guard lock(guard_);
  const measurement m = measure(now_ms);
  json::writer w;
  w.begin_object();
  number(w, "now_ms", now_ms);
  write_verdict(w, judge(m));
  write_answering(w, "kafka", m.kafka);
  write_answering(w, "postgres", m.postgres);
  write_sources(w);
  write_topics(w);
  write_services(w, m);
  number(w, "sample_ms", sample_ms);
  w.end_object();
  return w.take();
}

void board::write_services(json::writer& w, const measurement& m) const {
  w.name("services").begin_array();
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const service_measure& s = m.services[i];
    w.begin_object().name("name").string(s.name);
    write_answering(w, "answers", s.answers);
    w.name("tables").boolean(s.has_tables);
    for (const auto& [name, n] : {std::pair("lag", s.lag), {"marks", s.marks}, {"stuck_groups", s.stuck_groups}, {"outbox", s.outbox}, {"findings", s.findings}, {"read", s.read()}})
      number(w, name, n);
    w.name("oldest_s");
    decimal(w, s.oldest_s());
    w.name("rows_rate");
    decimal(w, rates_.per_second("rows " + s.name));
    const auto sums = s.outcomes();
    w.name("outcomes").begin_object();
    for (std::size_t k = 0; k < outcomes.size(); ++k)
      number(w, outcomes[k], sums[k]);
    w.end_object().name("holds").boolean(std::all_of(s.topics.begin(), s.topics.end(), [](const auto& t) { return t.second.holds(); }));
    w.name("topics").begin_object();
    for (const std::string& topic : services_[i].topics) {
      const auto at = s.topics.find(topic);
      w.name(topic).begin_object();
      number(w, "waits", at == s.topics.end() ? 0 : at->second.waits);
      w.name("rate");
      decimal(w, rates_.per_second("edge " + topic + " " + s.name));
      w.end_object();
    }
    w.end_object().name("errors").begin_object();
    if (const auto at = known_.find(s.name); at != known_.end()) {
      for (const series& one : at->second.last.all)
        if (one.name == "millrace_event_errors_total" && one.value > 0)
          number(w, one.label("code"), static_cast<std::int64_t>(one.value));
    }
    w.end_object();
    write_durations(w, services_[i]);
    w.name("fresh").begin_array();
    if (const auto at = lines_.find(s.name); at != lines_.end()) {
      for (const freshness& f : at->second)
        if (f.answers)
          decimal(w, f.oldest_s);
        else
          w.null();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

// Milliseconds to row of the raw rows that this service writes, of those events that are kept.
void board::write_durations(json::writer& w, const described_service& d) const {
  std::vector<double> took;
  for (const seen_event& e : ring_.all())
    if (d.raw_tables.contains(e.event.topic) && e.outcome() != "duplicate")
      if (const auto ms = e.ms_to_row())
        took.push_back(*ms);
  std::sort(took.begin(), took.end());
  for (const auto& [name, part] : {std::pair("p50_ms", 0.5), {"p99_ms", 0.99}}) {
    w.name(name);
    if (took.empty())
      w.null();
    else
      decimal(w, took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1) + 0.5)]);
  }
}

void board::write_sources(json::writer& w) const {
  struct of_source {
    double accepted = 0;
    std::map<std::string, double> refused, keys;
  };
  std::map<std::string, of_source> sources;
  if (const auto at = known_.find("gateway"); at != known_.end()) {
    for (const series& one : at->second.last.all) {
      const std::string& name = one.label("source");
      if (name.empty())
        continue;
      if (one.name == "millrace_requests_total") {
        of_source& s = sources[name];
        if (one.label("answer") == "accepted")
          s.accepted += one.value;
        else if (one.value > 0)
          s.refused[one.label("answer") + (one.label("reason").empty() ? "" : ": " + one.label("reason"))] += one.value;
      } else if (one.name == "millrace_verifications_total" && one.label("verdict") == "yes" && one.value > 0) {
        sources[name].keys[one.label("key")] += one.value;
      }
    }
  }
  w.name("sources").begin_array();
  for (const auto& [name, s] : sources) {
    w.begin_object().name("name").string(name);
    number(w, "accepted", static_cast<std::int64_t>(s.accepted));
    w.name("rate");
    decimal(w, rates_.per_second("source " + name));
    const auto last = last_of_source_.find(name);
    number(w, "last_ms", last == last_of_source_.end() ? 0 : last->second);
    for (const auto& [part, counts] : {std::pair("refused", &s.refused), {"keys", &s.keys}}) {
      w.name(part).begin_object();
      for (const auto& [what, n] : *counts)
        number(w, what, static_cast<std::int64_t>(n));
      w.end_object();
    }
    w.end_object();
  }
  w.end_array();
}

void board::write_topics(json::writer& w) const {
  std::map<std::string, std::int64_t> ends;
  for (const auto& [p, next] : ends_)
    ends[p.topic] += next;
  w.name("topics").begin_array();
  for (const auto& [topic, sum] : ends) {
    w.begin_object().name("name").string(topic);
    number(w, "records", sum);
    w.name("rate");
    decimal(w, rates_.per_second("topic " + topic));
    w.end_object();
  }
  w.end_array();
}

board::changes board::events_json(std::uint64_t revision) const {
  const std::lock_guard lock(guard_);
  json::writer w;
  w.begin_array();
  for (const seen_event* s : ring_.changed_since(revision, told_most)) {
    w.begin_object();
    write_summary(w, *s);
    w.end_object();
  }
  w.end_array();
  return {w.take(), ring_.revision()};
}

std::optional<std::string> board::event_json(std::uint64_t number) const {
  const std::lock_guard lock(guard_);
  const seen_event* s = ring_.find(number);
  if (!s)
    return std::nullopt;
  json::writer w;
  w.begin_object();
  write_summary(w, *s);
  w.name("account").string(s->event.account).name("dedupe_key").string(s->event.dedupe_key).name("detail").string(s->event.detail).name("unreadable").string(s->event.unreadable);
  w.name("meaning").string(s->event.outcome);
  write_request(w, s->event);
  write_facts(w, s->event);
  write_rows(w, *s);
  write_way(w, *s);
  w.end_object();
  return w.take();
}

} // namespace millrace::console
