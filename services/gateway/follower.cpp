#include "follower.hpp"

#include "admission.hpp"
#include "core/failure.hpp"
#include "core/log.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/pause.hpp"

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

constexpr auto may_be_behind = 15s;
constexpr auto kafka_wait = 2s;
constexpr auto clean_every = 1h;

std::int64_t ns_of(std::chrono::steady_clock::time_point t) { return std::chrono::nanoseconds(t.time_since_epoch()).count(); }

} // namespace

follower::follower(pipeline::service s, metrics::registry& registry)
    : service_(std::move(s)), registry_(registry), loops_(service_, registry) {}

follower::~follower() { stop(); }

void follower::serve(std::shared_ptr<const sources> by) {
  if (!thread_.joinable())
    service_.admin_sources = std::move(by);
}

// A gateway that no lead worker calls hands out no jobs, and says nothing of them.
void follower::start() {
  if (thread_.joinable())
    return;
  fresh_ = &registry_.gauge("millrace_open_jobs_ok", "1 while the copy of open jobs is fresh enough to hand out jobs by.");
  thread_ = std::thread([this] { run(); });
}

void follower::stop() {
  stop_ = true;
  if (thread_.joinable())
    thread_.join();
}

bool follower::is_fresh() const { return ns_of(steady::now()) < fresh_until_ns_; }

std::string follower::state() const { return is_fresh() ? "fresh" : "behind, or not known: no job is handed out"; }

// A process on another version than its tables must not record.
bool follower::tables_are_ready() {
  std::string told;
  while (!stop_) {
    std::string why, todo = "run `millrace migrate`";
    try {
      postgres::connection c(service_.postgres, "gateway/start");
      const auto pending = pipeline::pending_work(c, service_);
      if (pending.empty())
        return true;
      why = pending.front();
    } catch (const outage& e) {
      why = e.what();
      todo = e.hint();
    }
    if (told != why)
      log::error("the copy of open jobs is not kept", {{"why", why}, {"do", todo}});
    told = why;
    pipeline::rest(stop_, 1s);
  }
  return false;
}

void follower::run() {
  if (!tables_are_ready())
    return;
  loops_.start(stop_);
  watch();
  loops_.join();
}

void follower::watch() {
  std::unique_ptr<kafka::reader> reader;
  std::unique_ptr<postgres::connection> c;
  auto clean_at = steady::now();
  while (!stop_) {
    try {
      if (!reader)
        reader = std::make_unique<kafka::reader>(service_.kafka);
      if (!c)
        c = std::make_unique<postgres::connection>(service_.postgres, "gateway/watch");
      look(*reader, *c);
      if (steady::now() >= clean_at && !clean(*c, now()))
        clean_at = steady::now() + clean_every;
    } catch (const outage& e) { // the loops tell it; how long it lasts decides
      log::debug("cannot tell whether the copy of open jobs is fresh", {{"why", e.what()}});
      reader.reset();
      c.reset();
    }
    fresh_->set(is_fresh());
    pipeline::rest(stop_, 1s);
  }
}

// Fresh until 15 s after the earliest moment whose records are not all folded.
void follower::look(kafka::reader& reader, postgres::connection& c) {
  const auto now = steady::now();
  auto folded = now;
  const auto cluster = reader.cluster_id();
  const auto rows = c.query("select topic, partition, next_offset from " + service_.own("applied") + " where cluster_id = $1", {cluster});
  std::map<kafka::partition_id, std::int64_t> next;
  for (std::size_t r = 0; r < rows.size(); ++r)
    next[{std::string(rows.text(r, 0)), static_cast<int>(rows.integer(r, 1))}] = rows.integer(r, 2);
  for (const auto& topic : service_.topics)
    for (int p = 0, count = reader.partitions(topic.name, kafka_wait); p < count; ++p) {
      const kafka::partition_id id{topic.name, p};
      const auto end = reader.watermarks(id, kafka_wait).next;
      const auto [at, is_new] = wanted_.try_emplace(id, wanted{end, now});
      if (next[id] >= at->second.next)
        at->second = {end, now};
      if (next[id] < at->second.next)
        folded = std::min(folded, at->second.since);
    }
  const auto marks = c.query("select coalesce(extract(epoch from now() - min(at)), 0)::bigint from " + service_.own("marks") + " where function <> 'projection'");
  folded = std::min(folded, now - std::chrono::seconds(marks.integer(0, 0)));
  fresh_until_ns_ = ns_of(folded + may_be_behind);
}

} // namespace millrace::gateway
