#include "pipeline/record_loop.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "pipeline/group.hpp"
#include "pipeline/lag.hpp"
#include "pipeline/record_trace.hpp"

#include <algorithm>

namespace millrace::pipeline {

using namespace std::chrono_literals;

void loop_health::good() {
  beat();
  const std::lock_guard lock(mutex_);
  state_ = {true, "connected", {}};
}

void loop_health::bad(std::string why, std::string do_this) {
  beat();
  const std::lock_guard lock(mutex_);
  state_ = {false, std::move(why), std::move(do_this)};
}

loop_health::state loop_health::read() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

record_loop::record_loop(const service& s, metrics::registry& m, tracing::tracer* traces)
    : service_(s), metrics_(m), traces_(traces), pause_("record", "recording", m) {
  for (const auto& t : s.topics)
    ages_.try_emplace(t.name, m, oldest_event_gauge, oldest_event_help, metrics::labels{{"topic", t.name}});
}
record_loop::~record_loop() = default;

// The delivery semantics, whole: positions are rows; whatever goes wrong, the rows say where to go on.
void record_loop::run(const std::atomic<bool>& stop) {
  while (!stop)
    try {
      step();
      pause_.over();
    } catch (const moved_on& e) {
      log::warning("somebody else moved this partition on: reading its row again",
                   {{"topic", e.partition.topic}, {"partition", e.partition.partition}, {"do", "nothing, unless it goes on: then look whether another process runs as this service"}});
      unopened_.insert(e.partition);
    } catch (const outage& e) {
      start_over(e.what(), e.hint());
      pause_.wait(e, stop);
    }
  consumer_.reset(); // leaves the group at once
}

void record_loop::step() {
  if (!connection_) {
    connection_ = std::make_unique<postgres::connection>(service_.postgres, service_.name + "/record");
    connection_->commit_without_waiting();
  }
  if (!consumer_) {
    std::vector<std::string> topics;
    for (const auto& t : service_.topics)
      topics.push_back(t.name);
    watermarks_ = std::make_unique<kafka::reader>(service_.kafka);
    consumer_ = std::make_unique<kafka::consumer>(
        service_.kafka, group_of(service_.name), topics,
        kafka::consumer::callbacks{
            .assigned = [this](std::span<const kafka::partition_id> partitions) {
              std::vector<std::optional<std::int64_t>> starts;
              for (const auto& p : partitions) {
                assigned_.insert(p);
                starts.push_back(start_of(p));
              }
              return starts;
            },
            .revoked = [this](std::span<const kafka::partition_id> partitions) {
              for (const auto& p : partitions)
                for (auto* set : {&assigned_, &unopened_, &blocked_})
                  set->erase(p);
              show_stopped();
            },
            .out_of_range = [this](const kafka::partition_id& p, std::int64_t wanted, const std::string& why) {
              block(p, format("the log does not have offset {}: {}", wanted, why));
            }});
  }
  if (!recorder_) {
    recorder_ = std::make_unique<recorder>(service_, consumer_->cluster_id());
    recorder_->at_point = at_point;
  }
  if (!unopened_.empty())
    open({unopened_.begin(), unopened_.end()});
  postgres_health_.good();
  const auto polled = consumer_->poll(service_.batch_most, service_.batch_wait);
  if (blocked_.empty()) // what stopped a partition stays told
    kafka_health_.good();
  if (!unopened_.empty()) // assigned in this poll while Postgres was away
    return;
  const auto records = take(polled);
  if (records.empty()) {
    look_for_session();
    show_lag(false);
    return;
  }
  show_batch(records);
  const auto start = std::chrono::steady_clock::now();
  const auto begun_ns = traces_ ? tracing::now_ns() : 0;
  const auto report = recorder_->store(*connection_, records);
  stored(records, report, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (traces_)
    trace_batch(*traces_, service_.name, records, begun_ns);
}

// A crash of Postgres may take back the last batches (docs/decisions/0015): who has nothing to store must notice it too, and
// read the rows again, or those events would wait for the next one.
void record_loop::look_for_session() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_for_session_ < 1s)
    return;
  connection_->query("select 1");
  looked_for_session_ = now;
}

// In a rebalance: where to begin, by the row; nullopt (and later a seek) when the row cannot be read now.
std::optional<std::int64_t> record_loop::start_of(const kafka::partition_id& p) {
  try {
    const auto log = watermarks_->watermarks(p, 5s);
    const auto row = recorder_->open_partition(*connection_, p, log.first);
    unopened_.erase(p);
    blocked_.erase(p);
    show_stopped();
    next_[p] = row.next;
    if (row.next < log.first || row.next > log.next) {
      block(p, format("its row says {}, the log has {} to {}", row.next, log.first, log.next));
      return log.next;
    }
    expected_.erase(p);
    if (row.fingerprint.empty() || row.next - 1 < log.first)
      return row.next;
    expected_[p] = row.fingerprint; // read the record before once more: is it still the same topic?
    return row.next - 1;
  } catch (const outage& e) {
    log::warning("cannot read where a partition stands; trying again", {{"topic", p.topic}, {"partition", p.partition}, {"why", e.what()}, {"do", e.hint()}});
    unopened_.insert(p);
    return std::nullopt;
  }
}

void record_loop::open(const std::vector<kafka::partition_id>& partitions) {
  for (const auto& p : partitions)
    if (!assigned_.contains(p))
      unopened_.erase(p);
    else if (const auto start = start_of(p))
      consumer_->seek(p, *start);
  if (!unopened_.empty())
    throw outage("cannot read where partitions stand", true, "is Postgres running, and are its tables migrated?");
}

// The records to store: without the one that is compared only, and none of partitions that are blocked or stand
// elsewhere.
std::vector<kafka::record> record_loop::take(std::span<const kafka::record> polled) {
  std::vector<kafka::record> records;
  records.reserve(polled.size());
  for (const auto& r : polled) {
    kafka::partition_id p{std::string(r.topic), r.partition};
    if (blocked_.contains(p) || !assigned_.contains(p))
      continue;
    if (const auto expected = expected_.find(p); expected != expected_.end() && r.offset < next_[p]) {
      if (r.offset == next_[p] - 1 && to_hex(r.fingerprint()) != expected->second)
        block(p, format("record {} is not the one that was read here before: the topic was made anew", r.offset));
      continue;
    }
    if (r.offset < next_[p])
      continue;
    records.push_back(r);
  }
  return records;
}

void record_loop::block(const kafka::partition_id& p, const std::string& why) {
  blocked_.insert(p);
  consumer_->pause(p);
  const std::string do_this = "this partition is stopped, nothing is skipped: restore the topic, or move its row in \"applied\" knowingly, then restart";
  kafka_health_.bad(format("{} partition {} is stopped: {}", p.topic, p.partition, why), do_this);
  log::error("a partition is stopped", {{"topic", p.topic}, {"partition", p.partition}, {"why", why}, {"do", do_this}});
  show_stopped();
}

// Of topics that went to another process too: there is nothing stopped here any more.
void record_loop::show_stopped() {
  for (const auto& t : service_.topics) {
    const auto stopped = std::count_if(blocked_.begin(), blocked_.end(), [&](const auto& p) { return p.topic == t.name; });
    metrics_.gauge("millrace_partitions_stopped", "Partitions that are stopped because their log is not the one that was read", {{"topic", t.name}})
        .set(static_cast<double>(stopped));
  }
}

namespace {

// The line of the row: with its id and the trace that brought it.
void log_event(const recorded_event& e) {
  const bool is_bad = e.ends == outcome::error || e.ends == outcome::stuck;
  const auto level = is_bad ? log::level::warning : log::level::debug;
  const std::string_view message = is_bad ? "an event could not be taken" : "recorded";
  const auto ends = name_of(e.ends);
  const std::string_view code = e.code.empty() ? ends : std::string_view(e.code);
  if (e.trace_id.empty())
    log::write(level, message, {{"event", e.id}, {"topic", e.topic}, {"outcome", ends}, {"code", code}});
  else
    log::write(level, message, {{"event", e.id}, {"topic", e.topic}, {"outcome", ends}, {"code", code}, {"trace_id", e.trace_id}});
}

} // namespace

// What is about to be stored waits until it is, however long that takes. Who has stored nothing yet knows of nothing older.
void record_loop::show_batch(std::span<const kafka::record> records) {
  const auto& first = records.front();
  if (auto& since = waiting_since_ms_[{std::string(first.topic), first.partition}]; since <= 0)
    since = static_cast<double>(first.timestamp_ms);
  show_lag(false);
}

void record_loop::stored(std::span<const kafka::record> records, const batch_report& report, double seconds) {
  for (const auto& [topic, counts] : report.outcomes)
    for (std::size_t k = 0; k < counts.size(); ++k)
      if (counts[k] > 0)
        metrics_.counter("millrace_events_total", "Events recorded, by topic and outcome",
                         {{"topic", topic}, {"outcome", std::string(name_of(static_cast<outcome>(k)))}}).add(static_cast<double>(counts[k]));
  for (const auto& e : report.worth_a_line)
    log_event(e);
  for (const auto& [code, n] : report.error_codes)
    metrics_.counter("millrace_event_errors_total", "Events that ended as error, by reason code", {{"code", code}}).add(static_cast<double>(n));
  const auto add = [&](const char* name, const char* help, std::uint64_t n) {
    if (n > 0)
      metrics_.counter(name, help).add(static_cast<double>(n));
  };
  add("millrace_conflicting_duplicates_total", "Deliveries of a known event with other bytes", report.conflicting_duplicates);
  add("millrace_replaced_deliveries_total", "Stored deliveries replaced by one that was received earlier", report.replaced_deliveries);
  add("millrace_unknown_types_total", "Events of a type that no profile knows", report.unknown_types);
  add("millrace_replaced_characters_total", "Characters that Postgres cannot store, replaced by U+FFFD", report.replaced_characters);
  add("millrace_doubled_members_total", "JSON members that stood twice in an object", report.doubled_members);
  add("millrace_facts_total", "Facts recorded", report.facts);
  metrics_.histogram("millrace_batch_events", "Events a recorded batch", metrics::size_buckets()).observe(static_cast<double>(records.size()));
  metrics_.histogram("millrace_batch_seconds", "Seconds to record a batch", metrics::latency_buckets()).observe(seconds);

  for (const auto& r : records) {
    const kafka::partition_id p{std::string(r.topic), r.partition};
    next_[p] = r.offset + 1;
    last_timestamp_ms_[p] = r.timestamp_ms;
    expected_.erase(p);
  }
  for (const auto& p : assigned_)
    consumer_->commit_copy(p, next_[p]);
  show_lag(false);
}

// Also while nothing is stored: a gauge that stands still when recording does would call an outage fresh. `ask`: the
// cluster is asked for the logs' ends, as nothing is fetched now.
void record_loop::show_lag(bool ask) {
  std::map<std::string, waiting_events> of_topic;
  for (const auto& t : service_.topics) // of one that went to another process, nothing waits here
    of_topic[t.name];
  const auto now_ms = static_cast<double>(now().us) / 1000;
  for (const auto& p : assigned_) {
    const auto end = ask ? watermarks_->watermarks(p, 500ms).next : consumer_->high_watermark(p);
    const auto lag = static_cast<double>(std::max<std::int64_t>(0, end - next_[p]));
    // The oldest that waits is younger than the last one stored, and than the last moment at which none waited.
    auto& since = waiting_since_ms_[p];
    since = lag > 0 ? std::max(since, static_cast<double>(last_timestamp_ms_[p])) : now_ms;
    of_topic[p.topic].add({lag, lag > 0 && since > 0 ? (now_ms - since) / 1000 : 0});
  }
  for (const auto& [topic, waits] : of_topic) {
    show_waiting(metrics_, topic, waits);
    auto& age = ages_.at(topic);
    if (waits.oldest_seconds > 0)
      age.is(waits.oldest_seconds);
    else
      age.nothing_waits();
  }
}

// After an outage nothing in memory counts: the next step connects again and reads the rows.
void record_loop::start_over(const std::string& why, const std::string& do_this) {
  (why.find("ostgres") != std::string::npos ? postgres_health_ : kafka_health_).bad(why, do_this);
  connection_.reset();
  unopened_ = assigned_;
  try {
    if (watermarks_)
      show_lag(true);
  } catch (const outage&) { // Kafka is away as well: nobody knows its logs' ends
  }
}

} // namespace millrace::pipeline
