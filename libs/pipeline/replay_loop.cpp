#include "pipeline/replay_loop.hpp"

#include "core/log.hpp"
#include "pipeline/pause.hpp"

#include <deque>
#include <vector>

namespace millrace::pipeline {

using namespace std::chrono_literals;

namespace {

// A batch that outlives the reader's messages.
class kept_records {
public:
  void add(const kafka::record& r) {
    auto& one = kept_.emplace_back(kept{std::string(r.topic), std::string(r.key), std::string(r.value)});
    auto& v = views_.emplace_back(r);
    v.topic = one.topic;
    v.key = one.key;
    v.value = one.value;
  }
  const std::vector<kafka::record>& all() const { return views_; }
  void clear() {
    views_.clear();
    kept_.clear();
  }

private:
  struct kept {
    std::string topic, key, value;
  };
  std::deque<kept> kept_; // its elements stay where they are
  std::vector<kafka::record> views_;
};

} // namespace

struct replay_loop::span {
  kafka::partition_id partition;
  std::int64_t next, until;
};

void replay_loop::run(const std::atomic<bool>& stop) {
  outage_pause pause("replay", "reading again", metrics_);
  while (!stop)
    try {
      postgres::connection c(service_.postgres, service_.name + "/replay");
      c.commit_without_waiting();
      if (c.query("select pg_try_advisory_lock($1::bigint)", {std::to_string(advisory_lock(service_, "replay"))}).text(0, 0) != "t") {
        rest(stop, 5s); // another instance does it
        continue;
      }
      while (!stop) {
        if (show_left(c) > 0) {
          kafka::reader reader(service_.kafka);
          const auto cluster = reader.cluster_id();
          recorder r(service_, cluster, time_of_reading::again);
          r.at_point = at_point;
          while (!stop && read_one(c, reader, r, cluster, stop))
            show_left(c);
        }
        pause.over();
        rest(stop, 5s);
      }
    } catch (const moved_on&) { // a batch whose commit had no answer is there: the row says where to go on
    } catch (const outage& e) {
      pause.wait(e, stop);
    }
}

// One partition, as far as it goes; false when none is left in this cluster.
bool replay_loop::read_one(postgres::connection& c, kafka::reader& reader, recorder& r, const std::string& cluster, const std::atomic<bool>& stop) {
  const auto rows = c.query("select topic, partition, next_offset, until_offset from " + service_.own("replays") +
                                " where cluster_id = $1 order by topic, partition limit 1",
                            {cluster});
  if (rows.empty())
    return false;
  span s{{std::string(rows.text(0, 0)), static_cast<int>(rows.integer(0, 1))}, rows.integer(0, 2), rows.integer(0, 3)};
  const auto log = reader.watermarks(s.partition, 10s);
  const auto begin = std::min(std::max(s.next, log.first), s.until);
  if (begin != s.next || begin == s.until) {
    log::warning("some events left their topic before they could be read again: they keep the facts that they have",
                 {{"topic", s.partition.topic}, {"partition", s.partition.partition}, {"events", begin - s.next},
                  {"do", "keep events for longer (retention.ms in topics/) if their meaning is to change again"}});
    auto t = c.begin();
    t.query("update " + service_.own("replays") + " set next_offset = $4::bigint where cluster_id = $1 and topic = $2 and partition = $3::int",
            {cluster, s.partition.topic, std::to_string(s.partition.partition), std::to_string(begin)});
    t.query("delete from " + service_.own("replays") + " where next_offset >= until_offset");
    t.commit();
    return true;
  }
  log::info("reading again what another version read", {{"topic", s.partition.topic}, {"partition", s.partition.partition}, {"events", s.until - s.next}});
  read(c, reader, r, s, stop);
  return true;
}

void replay_loop::read(postgres::connection& c, kafka::reader& reader, recorder& r, const span& s, const std::atomic<bool>& stop) {
  kept_records batch;
  reader.read(s.partition, s.next, s.until, [&](const kafka::record& one) {
    batch.add(one);
    if (batch.all().size() < service_.batch_most && one.offset + 1 < s.until)
      return !stop;
    const auto report = r.store(c, batch.all());
    for (const auto& [topic, counts] : report.outcomes)
      for (const auto n : counts)
        metrics_.counter("millrace_replayed_events_total", "Events read again because facts_version changed, by topic", {{"topic", topic}}).add(static_cast<double>(n));
    batch.clear();
    show_left(c);
    return !stop;
  });
}

std::int64_t replay_loop::show_left(postgres::connection& c) {
  const auto left = c.query("select coalesce(sum(until_offset - next_offset), 0)::bigint from " + service_.own("replays")).integer(0, 0);
  metrics_.gauge("millrace_replay_events_left", "Events that are still to be read again because facts_version changed: until 0 some rows are of another version")
      .set(static_cast<double>(left));
  return left;
}

} // namespace millrace::pipeline
