#include "pipeline/consumer_process.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/supervisor.hpp"
#include "pipeline/interpret.hpp"
#include "pipeline/migrate.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <pthread.h>
#include <time.h>

namespace millrace::pipeline {

using namespace std::chrono_literals;

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// True when a signal asked to stop within `most`.
bool asked_to_stop(std::chrono::milliseconds most) {
  const auto set = stop_signals();
  const timespec wait{most.count() / 1000, (most.count() % 1000) * 1'000'000};
  return sigtimedwait(&set, nullptr, &wait) > 0;
}

// What alerts count must stand at 0 before it happens: a series that begins at 5 has not risen.
void declare_metrics(const service& s, metrics::registry& m) {
  for (const auto& t : s.topics) {
    for (const auto o : {outcome::applied, outcome::ignored, outcome::duplicate, outcome::error, outcome::stuck})
      m.counter("millrace_events_total", "Events recorded, by topic and outcome", {{"topic", t.name}, {"outcome", std::string(name_of(o))}});
    m.gauge("millrace_partitions_stopped", "Partitions that are stopped because their log is not the one that was read", {{"topic", t.name}});
  }
  m.counter("millrace_unknown_types_total", "Events of a type that no profile knows");
  m.counter("millrace_conflicting_duplicates_total", "Deliveries of a known event with other bytes");
}

http::check as_check(std::string name, const loop_health& h) {
  const auto s = h.read();
  return {std::move(name), s.ok, s.why, s.do_this};
}

} // namespace

consumer_process::held_signals::held_signals() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

consumer_process::consumer_process(const service& s, const consumer_config& c, metrics::registry& m, std::vector<further_loop*> further)
    : service_(s), config_(c), traces_(tracing::tracer::of(c.traces, m)), loops_(s, m, traces_.get()), further_(std::move(further)), unread_(s, m),
      admin_(c.admin_address, c.admin_port, m, [this] { return checks(); }, [this] { return hangs(); }) {
  declare_metrics(s, m);
}

std::vector<http::check> consumer_process::checks() const {
  const auto& recording = loops_.recording();
  std::vector<http::check> all = {as_check("migrations", tables_), as_check("kafka", running_ ? recording.kafka_health() : kafka_),
                                  as_check("postgres", running_ ? recording.postgres_health() : postgres_), as_check("derive", loops_.deriving().health())};
  for (const auto* loop : further_)
    all.push_back(as_check(loop->name(), loop->health()));
  return all;
}

// A loop of ours waits for nothing but Postgres and Kafka, and those are asked with a limit; a pass over a very large
// project may take minutes. Before the loops run, main's thread waits for the tables.
std::string consumer_process::hangs() const {
  constexpr auto most = 15min;
  if (!running_)
    return {};
  for (const auto& [loop, age] : {std::pair("record", loops_.recording().postgres_health().since_beat()), {"derive", loops_.deriving().health().since_beat()}})
    if (age > most)
      return format("{} has not come round for {} s", loop, age.count() / 1000);
  return {};
}

// A process on another version than its tables must not record. What waits meanwhile is told by what Kafka knows.
bool consumer_process::wait_for_tables() {
  while (!tables_are_there()) {
    show_what_waits();
    if (asked_to_stop(2s))
      return false;
  }
  return true;
}

bool consumer_process::tables_are_there() {
  try {
    postgres::connection c(service_.postgres, service_.name + "/start");
    const auto pending = pending_work(c, service_);
    postgres_.good();
    if (pending.empty()) {
      tables_.good();
      return true;
    }
    tables_.bad(pending.front(), "run `millrace migrate`");
    log::error("the tables are not as this version needs them", {{"why", pending.front()}, {"do", "run `millrace migrate`"}});
  } catch (const outage& e) {
    postgres_.bad(e.what(), e.hint());
    tables_.bad(e.what(), e.hint());
    log::warning("waiting for Postgres", {{"why", e.what()}, {"do", e.hint()}});
  }
  return false;
}

void consumer_process::show_what_waits() {
  try {
    unread_.look();
    kafka_.good();
  } catch (const outage& e) {
    kafka_.bad(e.what(), e.hint());
  }
}

void consumer_process::run() {
  log::info("started", {{"admin_port", static_cast<std::int64_t>(admin_.port())}});
  if (!config_.ready_file.empty())
    if (std::FILE* f = std::fopen(config_.ready_file.c_str(), "w")) {
      std::fprintf(f, "admin_port=%u\n", unsigned{admin_.port()});
      std::fclose(f);
    }
  if (!wait_for_tables())
    return;
  running_ = true;
  loops_.start(stop_, further_);
  while (!asked_to_stop(1h)) {
  }
  log::info("stopping");
  supervisor::of_process().tell("STOPPING=1");
  stop_ = true;
  loops_.join();
  log::info("stopped");
}

} // namespace millrace::pipeline
