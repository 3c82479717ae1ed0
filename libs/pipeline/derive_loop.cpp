#include "pipeline/derive_loop.hpp"

#include "core/log.hpp"
#include "json/document.hpp"
#include "kafka/producer.hpp"
#include "pipeline/heard.hpp"
#include "pipeline/pause.hpp"
#include "pipeline/record.hpp"
#include "pipeline/status.hpp"
#include "pipeline/troubles.hpp"

#include <chrono>
#include <memory>

namespace millrace::pipeline {

using namespace std::chrono_literals;

void derive_loop::run(const std::atomic<bool>& stop) {
  outage_pause pause("derive", "deriving", metrics_);
  while (!stop)
    try {
      postgres::connection c(service_.postgres, service_.name + "/derive");
      c.commit_without_waiting();
      c.script("set enable_seqscan = off"); // what was statistics of an empty table an hour ago is ten thousand dead marks now
      deriver d(service_);
      d.at_point = at_point;
      std::chrono::steady_clock::time_point shown{};
      while (!stop) {
        begin_to_look();
        bool worked = false;
        for (const auto& project : d.waiting_projects(c)) {
          const auto report = d.pass(c, project);
          show(report);
          health_.beat();
          worked = worked || report.marks > 0;
          if (stop)
            break;
        }
        health_.good();
        pause.over();
        if (std::chrono::steady_clock::now() - shown > 1s) {
          show_status(c);
          shown = std::chrono::steady_clock::now();
        }
        end_to_look();
        if (!worked)
          c.wait_notification(bell(service_), 200ms);
      }
    } catch (const outage& e) {
      health_.bad(e.what(), e.hint());
      pause.wait(e, stop);
    }
}

// Whatever it finds waits since now at the least, however long it is held up.
void derive_loop::begin_to_look() {
  if (!marks_wait_)
    oldest_mark_.is(0);
}

void derive_loop::end_to_look() {
  if (!marks_wait_)
    oldest_mark_.nothing_waits();
}

void derive_loop::show(const derive_report& r) {
  for (const auto& [name, n] : r.functions) {
    const metrics::labels function = {{"function", name}};
    metrics_.counter("millrace_derived_groups_total", "Groups derived, by function", function).add(static_cast<double>(n.groups));
    metrics_.counter("millrace_derived_rows_total", "Rows written or removed by derivations, by function", function).add(static_cast<double>(n.rows));
    metrics_.counter("millrace_derive_seconds_total", "Seconds spent deriving, by function", function).add(n.seconds);
  }
  if (r.moved_events > 0)
    metrics_.counter("millrace_moved_events_total", "Events moved between projects by bindings and quarantines").add(static_cast<double>(r.moved_events));
  for (const auto& why : r.why)
    log::error("a group is stuck", {{"why", why}, {"do", "a bug of ours: see stuck_groups in the service's schema; the others go on"}});
}

void derive_loop::show_status(postgres::connection& c) {
  const auto s = read_status(c, service_);
  marks_wait_ = s.marks > 0;
  if (marks_wait_)
    oldest_mark_.is(s.oldest_mark_seconds);
  else
    oldest_mark_.nothing_waits();
  metrics_.gauge("millrace_marks", "Marks that wait, counted up to 100,000").set(static_cast<double>(s.marks));
  metrics_.gauge("millrace_stuck_groups", "Groups whose derivation met a bug").set(static_cast<double>(s.stuck_groups));
  metrics_.gauge("millrace_stuck_events", "Events set aside because of a bug").set(static_cast<double>(s.stuck_events));
  metrics_.gauge("millrace_outbox_rows", "Dead-letter copies that wait to be published").set(static_cast<double>(s.outbox));
  for (auto& [kind, n] : findings_) // of a kind that is gone there are none
    n = 0;
  for (const auto& [kind, n] : s.findings)
    findings_[kind] = n;
  for (const auto& [kind, n] : findings_)
    metrics_.gauge("millrace_findings", "What derivations find wrong in the data, by kind", {{"kind", kind}}).set(static_cast<double>(n));
  for (const auto& [topic, b] : s.topics) {
    double sum = 0;
    for (const auto n : b.outcomes)
      sum += static_cast<double>(n);
    metrics_.gauge("millrace_balance_events", "next - first - (applied + ignored + duplicate + error + stuck): always 0", {{"topic", topic}})
        .set(static_cast<double>(b.next - b.first) - sum);
  }
}

namespace {

constexpr auto between_looks = 10s;

// Publishes what waits, at most 100 rows; false when there was nothing.
bool publish(const service& s, postgres::connection& c, std::unique_ptr<kafka::producer>& producer, bool& all_stored) {
  auto t = c.begin();
  const auto rows = t.query("select id, topic, key, value, headers from " + s.own("outbox") + " order by id limit 100 for update skip locked");
  if (rows.empty())
    return false;
  if (!producer)
    producer = std::make_unique<kafka::producer>(s.kafka, 10s, [](void* all, const kafka::delivery& d) {
      *static_cast<bool*>(all) = *static_cast<bool*>(all) && d.stored;
    });
  all_stored = true;
  std::vector<std::string> ids;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    header_list headers;
    const auto parsed = json::parse(rows.text(r, 4));
    for (const auto pair : parsed.value().root().children())
      headers.emplace_back(pair.element(0)->text(), pair.element(1)->text());
    const auto value = postgres::from_bytea(rows.text(r, 3));
    all_stored = producer->send(std::string(rows.text(r, 1)), rows.text(r, 2), value, headers, &all_stored) && all_stored;
    ids.emplace_back(rows.text(r, 0));
  }
  if (!producer->flush(15s) || !all_stored)
    throw outage("Kafka did not take what the outbox holds", true,
                 "is Kafka running, and are " + s.name + ".dead and the topic of provider alerting there? `millrace topics apply`");
  t.query("delete from " + s.own("outbox") + " where id = any($1::bigint[])", {postgres::array(ids)});
  t.commit();
  return true;
}

} // namespace

void outbox_loop::run(const std::atomic<bool>& stop) {
  outage_pause pause("outbox", "publishing dead letters", metrics_);
  bool all_stored = true; // outlives the producer, whose reports write it
  std::unique_ptr<kafka::producer> producer;
  while (!stop)
    try {
      postgres::connection c(service_.postgres, service_.name + "/outbox");
      std::chrono::steady_clock::time_point looked{};
      while (!stop) {
        if (const auto now = std::chrono::steady_clock::now(); now - looked > between_looks) {
          say_troubles(c, service_, millrace::now());
          forget_old_hours(c, service_);
          looked = now;
        }
        if (!publish(service_, c, producer, all_stored))
          rest(stop, 500ms);
        pause.over();
      }
    } catch (const outage& e) {
      producer.reset();
      pause.wait(e, stop);
    }
}

} // namespace millrace::pipeline
