#include "kafka_sink.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "metrics.hpp"

namespace millrace::gateway {

using namespace std::chrono_literals;

std::string_view name_of(durability d) {
  switch (d) {
  case durability::kafka: return "kafka";
  case durability::spool: return "spool";
  case durability::none: return "none";
  }
  throw bug("a durability without name");
}

// Waits until every report of the ticket is in, or something ends it earlier. A request that is destroyed while it waits
// (the worker ends) is not resumed.
struct kafka_sink::settling {
  ticket& t;
  ~settling() { t.waiting = {}; }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept { t.waiting = h; }
  void await_resume() const noexcept {}
};

kafka_sink::kafka_sink(http::loop& on, const kafka::client_settings& s, std::chrono::milliseconds delivery_time,
                       metrics::registry& metrics)
    : loop_(on), metrics_(metrics), producer_(s, delivery_time, reported) {
  on.on_readable(producer_.ready_descriptor(), [this] { serve_reports(); });
  on.every(50ms, [this] {
    serve_reports(); // errors and renewals come without a report, too
    end_overdue();
  });
}

http::task<stored> kafka_sink::store(const std::string& topic, std::vector<outgoing> records,
                                     std::chrono::milliseconds most) {
  ticket& t = open(metrics_of(topic), most);
  bring({&t, topic, std::move(records)});
  co_await settling{t};
  co_return close(t);
}

kafka_sink::ticket& kafka_sink::open(const topic_metrics& counted, std::chrono::milliseconds most) {
  if (free_.empty())
    free_.push_back(&tickets_.emplace_back());
  ticket& t = *free_.back();
  free_.pop_back();
  t = ticket{};
  t.owner = this;
  t.is_open = true;
  t.begun = steady::now();
  t.deadline = t.begun + most;
  t.counted = &counted;
  return t;
}

// Counts as in flight from here on: the limits hold within a round, too.
void kafka_sink::bring(brought b) {
  for (const outgoing& r : b.records)
    b.t->bytes += r.bytes();
  load_.events += b.records.size();
  load_.bytes += b.t->bytes;
  brought_.push_back(std::move(b));
  if (brought_.size() == 1)
    loop_.post([this] { hand_over_all(); });
}

void kafka_sink::hand_over_all() {
  const auto round = std::exchange(brought_, {});
  for (const auto& b : round)
    hand_over(b);
  for (const auto& b : round) {
    ticket& t = *b.t;
    if (t.waiting && (t.unreported == 0 || !t.why_not.empty()))
      std::exchange(t.waiting, {}).resume();
    else if (!t.is_open && t.unreported == 0) // its time was over before its round was, and nothing of it was taken
      recycle(t);
  }
}

void kafka_sink::hand_over(const brought& b) {
  ticket& t = *b.t;
  t.is_handed_over = true;
  try {
    for (const outgoing& r : b.records) {
      if (!producer_.send(b.topic, r.key, r.value, r.headers, &t)) {
        t.why_not = "queue_full";
        break;
      }
      ++t.unreported;
    }
  } catch (const outage& e) {
    t.why_not = "outage";
    log::error("cannot publish", {{"topic", b.topic}, {"error", e.what()}, {"do", e.hint()}});
  }
  load_.events -= b.records.size() - t.unreported;
}

// The request goes on: with what is known by now.
stored kafka_sink::close(ticket& t) {
  stored result;
  if (t.why_not.empty() && (t.unreported > 0 || !t.is_handed_over))
    t.why_not = "deadline";
  result.why_not = t.why_not;
  if (t.why_not.empty())
    result.where = durability::kafka;
  t.is_open = false;
  if (t.is_handed_over && t.unreported == 0)
    recycle(t);
  return result;
}

void kafka_sink::recycle(ticket& t) {
  load_.bytes -= t.bytes;
  t.bytes = 0;
  free_.push_back(&t);
}

void kafka_sink::reported(void* opaque, const kafka::delivery& d) {
  ticket& t = *static_cast<ticket*>(opaque);
  kafka_sink& self = *t.owner;
  --self.load_.events;
  if (d.stored)
    t.counted->published->add();
  else
    t.why_not = "refused";
  if (--t.unreported > 0)
    return;
  t.counted->seconds->observe(std::chrono::duration<double>(steady::now() - t.begun).count());
  self.settled_.push_back(&t);
}

// Requests go on after the reports, not inside them: they send again.
void kafka_sink::serve_reports() {
  try {
    producer_.poll();
  } catch (const outage& e) {
    log::error("cannot reach Kafka", {{"error", e.what()}, {"do", e.hint()}});
  }
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    ticket& t = *settled_[i];
    if (t.waiting)
      std::exchange(t.waiting, {}).resume();
    else if (!t.is_open)
      recycle(t);
  }
  settled_.clear();
}

void kafka_sink::end_overdue() {
  auto now = steady::now();
  for (std::size_t i = 0; i < tickets_.size(); ++i) // by index: who goes on may open another
    if (ticket& t = tickets_[i]; t.waiting && now >= t.deadline)
      std::exchange(t.waiting, {}).resume();
}

const kafka_sink::topic_metrics& kafka_sink::metrics_of(const std::string& topic) {
  auto [at, is_new] = topics_.try_emplace(topic);
  if (is_new)
    at->second = {&published_counter(metrics_, topic),
                  &metrics_.histogram("millrace_publish_seconds", "From handing a post over to its last delivery report.",
                                      metrics::latency_buckets(), {{"topic", topic}})};
  return at->second;
}

} // namespace millrace::gateway
