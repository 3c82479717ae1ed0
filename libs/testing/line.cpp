#include "testing/line.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/ticks.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <thread>

namespace millrace::trial {

namespace {

constexpr int partitions = 3;
constexpr int most_rounds = 10'000; // of deriving: more means that a mark stays
const std::string cluster = "test-cluster";

std::string place_in_sql(std::string_view schema, std::string_view table) {
  return postgres::quote_name(schema) + "." + postgres::quote_name(table);
}

} // namespace

line::line(std::vector<pipeline::service> described, const catalogue& profiles, std::shared_ptr<const sources> senders)
    : services_(std::move(described)) {
  std::vector<fault> faults;
  for (auto& s : services_) {
    s.postgres = database_.conninfo();
    s.profiles = &profiles;
    s.admin_sources = senders;
    for (auto& t : kafka::embedded_topics(faults))
      if (std::find(t.consumers.begin(), t.consumers.end(), s.name) != t.consumers.end())
        s.topics.push_back(t);
  }
  if (!faults.empty())
    throw bug(faults.front().text());
  connection_ = std::make_unique<postgres::connection>(database_.conninfo(), "test");
  pipeline::migrate(*connection_, services_);
}

kafka::record line::view(const stored& s) const {
  kafka::record r;
  r.topic = s.topic;
  r.partition = s.partition;
  r.offset = s.offset;
  r.timestamp_ms = s.timestamp_ms;
  r.key = s.key;
  r.value = s.value;
  r.headers = s.headers;
  return r;
}

void line::append(const event& e) {
  const bool is_tick = e.provider == pipeline::clock_topic;
  const auto topic = is_tick ? e.provider : "raw." + e.provider;
  const int partition = is_tick ? 0 : static_cast<int>(std::hash<std::string>()(e.partition_key) % partitions);
  auto& log = log_[{topic, partition}];
  log.push_back({topic, e.partition_key, e.body, encode_headers(e), static_cast<std::int64_t>(log.size()), e.received.us / 1000, partition});
}

// One consumer: batches of its partitions in random turns, each from where the rows say.
void line::consume(const pipeline::service& s, std::size_t number, const options& o, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  pipeline::recorder recorder(s, cluster);
  pipeline::deriver deriver(s);
  recorder.at_point = [&](std::string_view point) {
    if (o.at_point)
      o.at_point(s.name + " record " + std::to_string(number), point);
  };
  deriver.at_point = [&](std::string_view point) {
    if (o.at_point)
      o.at_point(s.name + " derive " + std::to_string(number), point);
  };
  const auto connect = [&] { return std::make_unique<postgres::connection>(s.postgres + " " + o.by_way_of, "test"); };
  auto connection = o.by_way_of.empty() ? borrow(s) : connect();
  for (bool more = true; more;)
    try {
      more = false;
      std::vector<kafka::partition_id> mine;
      for (const auto& [p, log] : log_)
        if (static_cast<std::size_t>(p.partition) % o.consumers == number &&
            std::any_of(s.topics.begin(), s.topics.end(), [&](const auto& t) { return t.name == p.topic; }))
          mine.push_back(p);
      std::shuffle(mine.begin(), mine.end(), random);
      std::vector<kafka::record> batch;
      const auto most = 1 + random() % o.batch_most;
      for (const auto& p : mine) {
        const auto& log = log_.at(p);
        const auto from = recorder.open_partition(*connection, p, 0).next;
        for (auto at = from; at < static_cast<std::int64_t>(log.size()) && batch.size() < most; ++at)
          batch.push_back(view(log[static_cast<std::size_t>(at)]));
      }
      if (!batch.empty()) {
        more = true;
        const auto report = recorder.store(*connection, batch);
        const std::lock_guard lock(mutex_);
        conflicting_duplicates_[s.name] += report.conflicting_duplicates;
      }
      if (o.derive_between && random() % 2 == 0)
        for (const auto& project : deriver.waiting_projects(*connection))
          deriver.pass(*connection, project);
    } catch (const outage&) { // a crash on purpose, or a deadlock: a new process would go on from the rows
      connection = connect();
      more = true;
    } catch (const pipeline::moved_on&) {
      more = true;
    }
  if (o.by_way_of.empty())
    give_back(std::move(connection));
}

void line::run(const std::vector<event>& events, std::mt19937_64& random, const options& o) {
  for (const auto& e : events)
    append(e);
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> failures(services_.size() * o.consumers);
  std::size_t n = 0;
  for (const auto& s : services_)
    for (std::size_t c = 0; c < o.consumers; ++c, ++n)
      threads.emplace_back([&, c, n, seed = random()] {
        try {
          consume(s, c, o, seed);
        } catch (...) {
          failures[n] = std::current_exception();
        }
      });
  for (auto& t : threads)
    t.join();
  for (const auto& f : failures)
    if (f)
      std::rethrow_exception(f);
  derive();
}

void line::record(const std::vector<event>& events) {
  for (const auto& e : events)
    append(e);
  options o;
  o.derive_between = false;
  o.batch_most = 1000;
  for (const auto& s : services_)
    consume(s, 0, o, 1);
}

void line::derive() {
  for (const auto& s : services_) {
    pipeline::deriver d(s);
    // What was put off is due at once; nobody else derives here.
    for (int rounds = 0; rounds == 0 || connection_->query("update " + s.own("marks") + " set due = now()").affected() > 0; ++rounds) {
      const auto report = d.drain(*connection_);
      if (report.stuck > 0)
        throw bug(s.name + " is stuck: " + report.why.front());
      if (rounds == most_rounds)
        throw bug(s.name + " has marks that no pass takes");
    }
  }
}

std::vector<std::string> line::rows(const std::string& sql) { return rows_of(*connection_, sql); }

std::map<std::string, std::uint64_t> line::conflicting_duplicates() const {
  const std::lock_guard lock(mutex_);
  return conflicting_duplicates_;
}

std::vector<std::string> line::dump() { return tables_.dump(*connection_); }

// Deleting the few rows of a test is much cheaper than truncating some hundred partitions.
void line::clear() {
  log_.clear();
  conflicting_duplicates_.clear();
  if (filled_.empty()) {
    const auto tables = connection_->query("select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')"
                                           " and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema', 'millrace')"
                                           " and c.relname <> 'versions'");
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto place = place_in_sql(tables.text(t, 0), tables.text(t, 1));
      filled_ += (t ? " union all select " : "select ") + postgres::quote_literal(place) + " where exists (select 1 from " + place + ")";
    }
  }
  std::string script;
  for (const auto& place : rows(filled_))
    script += "delete from " + place + ";";
  if (!script.empty())
    connection_->script(script);
}

std::unique_ptr<postgres::connection> line::borrow(const pipeline::service& s) {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto c = std::move(idle_.back());
      idle_.pop_back();
      return c;
    }
  }
  return std::make_unique<postgres::connection>(s.postgres, "test");
}

void line::give_back(std::unique_ptr<postgres::connection> c) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(c));
}

} // namespace millrace::trial
