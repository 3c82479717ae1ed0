#include "kafka/consumer.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "kafka/message.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace millrace::kafka {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// How long poll() waits for more records once it has one.
constexpr auto fuller_batch_wait = 2ms;
// Positions are copied to Kafka at most this often.
constexpr auto copy_pause = 1s;
// How often missing topics are looked for again.
constexpr auto missing_topic_pause = 2s;
constexpr int seek_ms = 10'000;
constexpr int metadata_ms = 5'000;

milliseconds left_until(clock::time_point end) {
  return std::max(0ms, std::chrono::ceil<milliseconds>(end - clock::now()));
}

std::vector<partition_id> to_ids(const rd_kafka_topic_partition_list_t& list) {
  std::vector<partition_id> ids;
  for (int i = 0; i < list.cnt; ++i) {
    ids.push_back({list.elems[i].topic, list.elems[i].partition});
  }
  return ids;
}

owned_partitions to_list(std::span<const partition_id> ids) {
  owned_partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(ids.size())));
  for (const auto& p : ids) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
  }
  return list;
}

bool is_missing_topic(rd_kafka_resp_err_t e) {
  return e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || e == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         e == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

bool is_refused(rd_kafka_resp_err_t e) {
  return e == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || e == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

} // namespace

// Rebalances are noted in librdkafka's callback and answered in poll(), outside of its frames: the owner's callbacks may
// throw, and what they could not answer is asked again at the next poll.
struct consumer::state {
  state(const client_settings& s, const std::string& group, callbacks c)
      : calls(std::move(c)), client(make_client(RD_KAFKA_CONSUMER, configure(s, group))) {
    rd_kafka_poll_set_consumer(client.get());
    queue.reset(rd_kafka_queue_get_consumer(client.get()));
  }

  const callbacks calls;
  owned_client client;
  owned_queue queue;

  std::vector<partition_id> assigned;
  std::map<partition_id, std::int64_t> starts; // where each assigned partition was last told to go on
  std::set<partition_id> paused;
  std::optional<std::vector<partition_id>> came; // not answered yet
  bool went = false;                             // all that is assigned; not answered yet
  bool is_closing = false;

  std::vector<owned_message> held; // behind the records
  std::vector<rd_kafka_message_t*> batch;
  std::vector<record> records; // never shrinks: keeps the memory of headers
  std::size_t count = 0;
  bool is_handed_out = true; // false: an exception came between; the next poll gives them

  bool reachable = true; // until told otherwise
  std::string last_error;
  struct stopped {
    partition_id partition;
    std::int64_t wanted;
    std::string why;
  };
  std::vector<stopped> stops;    // not told yet
  std::optional<outage> refused; // thrown by the next poll that has no records
  std::set<std::string> missing;
  clock::time_point looked_for_missing;
  std::map<partition_id, std::int64_t> copies;
  clock::time_point copied;

  owned_configuration configure(const client_settings& s, const std::string& group);
  void note_rebalance(rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t& partitions);
  void settle();
  void let_go();
  void take_over();
  void assign(const std::vector<partition_id>& all);
  void drop_records();
  void take(owned_message m);
  void note(const rd_kafka_message_t& error);
  void tell_stops();
  void fetch_once(std::size_t most, milliseconds wait);
  void fetch(std::size_t most, milliseconds wait);
  void throw_if_away();
  void look_for_missing();
  void copy_positions();
  std::int64_t next_of(const partition_id& p) const;
};

owned_configuration consumer::state::configure(const client_settings& s, const std::string& group) {
  auto c = make_configuration(s,
                              {{"group.id", group},
                               {"enable.auto.commit", "false"},
                               {"enable.auto.offset.store", "false"},
                               {"auto.offset.reset", "error"}, // never skip, never go back by itself
                               {"partition.assignment.strategy", "roundrobin"}, // spreads all topics' partitions
                               {"session.timeout.ms", "10000"},
                               {"heartbeat.interval.ms", "1000"}, // rebalances are told in heartbeats
                               {"max.poll.interval.ms", "300000"},
                               {"check.crcs", "true"},
                               // The broker answers when it has a megabyte or after this time: at a thousand events a second
                               // an answer for each would cost it and us more than the events do (docs/performance.md).
                               {"fetch.min.bytes", "1000000"},
                               {"fetch.wait.max.ms", "15"},
                               {"fetch.error.backoff.ms", "100"},
#if RD_KAFKA_VERSION >= 0x02020000
                               {"fetch.queue.backoff.ms", "10"},
#endif
                               {"fetch.max.bytes", "16777216"},
                               {"queued.min.messages", "100000"},
                               {"queued.max.messages.kbytes", "32768"}},
                              this);
  rd_kafka_conf_set_rebalance_cb(c.get(), [](rd_kafka_t*, rd_kafka_resp_err_t what,
                                             rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    static_cast<state*>(opaque)->note_rebalance(what, *partitions);
  });
  rd_kafka_conf_set_error_cb(c.get(), [](rd_kafka_t*, int error, const char* why, void* opaque) {
    auto& self = *static_cast<state*>(opaque);
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      self.reachable = false;
    } else {
      self.last_error = why;
    }
  });
  rd_kafka_conf_set_stats_cb(c.get(), [](rd_kafka_t*, char* json, std::size_t size, void* opaque) {
    auto& self = *static_cast<state*>(opaque);
    self.reachable = some_broker_is_up({json, size});
    return 0; // librdkafka frees it
  });
  return c;
}

void consumer::state::note_rebalance(rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t& partitions) {
  if (is_closing) {
    rd_kafka_assign(client.get(), nullptr);
    return;
  }
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    came = to_ids(partitions);
  } else { // all of them: the protocol is eager
    came.reset();
    went = true;
  }
  rd_kafka_yield(client.get());
}

// Answers the rebalances that were noted.
void consumer::state::settle() {
  if (went) {
    let_go();
  }
  if (came) {
    take_over();
  }
}

void consumer::state::let_go() {
  copied = {};
  copy_positions();
  drop_records();
  rd_kafka_assign(client.get(), nullptr);
  went = false;
  const auto gone = std::exchange(assigned, {});
  starts.clear();
  paused.clear();
  if (!gone.empty() && calls.revoked) {
    calls.revoked(gone);
  }
}

void consumer::state::take_over() {
  const auto answers = came->empty() ? std::vector<std::optional<std::int64_t>>() : calls.assigned(*came);
  if (answers.size() != came->size()) {
    throw bug("the answer to an assignment has another size");
  }
  starts.clear();
  paused.clear();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    starts[(*came)[i]] = answers[i].value_or(RD_KAFKA_OFFSET_BEGINNING);
  }
  assign(*came);
  assigned = *std::exchange(came, std::nullopt);
}

// Starts every partition where `starts` says.
void consumer::state::assign(const std::vector<partition_id>& all) {
  const auto list = to_list(all);
  for (int i = 0; i < list->cnt; ++i) {
    list->elems[i].offset = starts.at({list->elems[i].topic, list->elems[i].partition});
  }
  if (const auto e = rd_kafka_assign(client.get(), list.get()); e != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw outage("Kafka assignment: " + error_name(e), true, away_hint);
  }
}

void consumer::state::drop_records() {
  count = 0;
  held.clear();
  is_handed_out = true;
}

void consumer::state::take(owned_message m) {
  if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    note(*m);
    return;
  }
  if (count == records.size()) {
    records.emplace_back();
  }
  fill(records[count++], *m);
  held.push_back(std::move(m));
  is_handed_out = false;
  reachable = true;
}

// Throws nothing: records that were taken before must not be lost. What has to be told is told after them.
void consumer::state::note(const rd_kafka_message_t& error) {
  const std::string what = error_name(error.err);
  const std::string why = rd_kafka_message_errstr(&error);
  const std::string topic = error.rkt != nullptr ? rd_kafka_topic_name(error.rkt) : "";
  if (error.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || error.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    stops.push_back({{topic, error.partition}, error.offset, why});
  } else if (is_missing_topic(error.err)) {
    missing.insert(topic);
    looked_for_missing = clock::now();
  } else if (is_refused(error.err)) {
    refused.emplace(what + " " + topic + ": " + why, true, "may this client read the topic and join the group?");
  } else if (rd_kafka_fatal_error(client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    refused.emplace("Kafka consumer broken: " + why, false,
                    "does another process use the same MILLRACE_KAFKA_GROUP_INSTANCE_ID?");
  } else {
    log::warning("kafka consumer", {{"error", what}, {"topic", topic}, {"why", why}, {"do", away_hint}});
  }
}

// librdkafka does not fetch these partitions any more; nobody else's wait.
void consumer::state::tell_stops() {
  for (const auto& s : std::exchange(stops, {})) {
    const auto start = starts.find(s.partition);
    if (start == starts.end()) {
      continue; // it went meanwhile
    }
    paused.insert(s.partition);
    if (calls.out_of_range) {
      calls.out_of_range(s.partition, s.wanted >= 0 ? s.wanted : next_of(s.partition), s.why);
    }
  }
}

void consumer::state::fetch_once(std::size_t most, milliseconds wait) {
  owned_message first(rd_kafka_consumer_poll(client.get(), static_cast<int>(wait.count())));
  if (!first) {
    return; // the time is over, or a rebalance came
  }
  take(std::move(first));
  if (count > 0 && most > 1) {
    const auto n = rd_kafka_consume_batch_queue(queue.get(), fuller_batch_wait.count(), batch.data(), most - 1);
    for (ssize_t i = 0; i < n; ++i) {
      take(owned_message(batch[static_cast<std::size_t>(i)]));
    }
  }
  if (went || came) {
    drop_records(); // what came before a rebalance is another's
  }
}

// Gets what is there: the first record may take as long as `wait`; rebalances are answered meanwhile.
void consumer::state::fetch(std::size_t most, milliseconds wait) {
  const auto end = clock::now() + wait;
  batch.resize(most);
  do {
    settle();
    fetch_once(most, left_until(end));
  } while (count == 0 && !refused && clock::now() < end);
  settle();
  tell_stops();
}

void consumer::state::throw_if_away() {
  if (refused) {
    throw *std::exchange(refused, std::nullopt);
  }
  if (!reachable) {
    throw outage("no Kafka broker can be reached" + (last_error.empty() ? "" : ": " + last_error), true, away_hint);
  }
  if (!missing.empty()) {
    look_for_missing();
  }
  if (!missing.empty()) {
    throw outage("topic " + *missing.begin() + " does not exist", true, missing_topic_hint);
  }
}

void consumer::state::look_for_missing() {
  if (clock::now() - looked_for_missing < missing_topic_pause) {
    return;
  }
  looked_for_missing = clock::now();
  const struct rd_kafka_metadata* all = nullptr;
  if (rd_kafka_metadata(client.get(), 1, nullptr, &all, metadata_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const owned_metadata shown(all);
    for (int i = 0; i < all->topic_cnt; ++i) {
      missing.erase(all->topics[i].topic);
    }
  }
}

void consumer::state::copy_positions() {
  if (copies.empty() || clock::now() - copied < copy_pause) {
    return;
  }
  copied = clock::now();
  const owned_partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(copies.size())));
  for (const auto& [p, next] : copies) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = next;
  }
  copies.clear();
  rd_kafka_commit(client.get(), list.get(), 1);
}

// What the owner gets next of a partition.
std::int64_t consumer::state::next_of(const partition_id& p) const {
  const auto list = to_list(std::span(&p, 1));
  rd_kafka_position(client.get(), list.get());
  return list->elems[0].offset >= 0 ? list->elems[0].offset : starts.at(p);
}

consumer::consumer(const client_settings& s, const std::string& group, const std::vector<std::string>& topics, callbacks c)
    : state_(std::make_unique<state>(s, group, std::move(c))) {
  const owned_partitions wanted(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const auto& t : topics) {
    rd_kafka_topic_partition_list_add(wanted.get(), t.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto e = rd_kafka_subscribe(state_->client.get(), wanted.get()); e != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw outage("Kafka subscription: " + error_name(e), false, "are the topics' names right?");
  }
}

consumer::~consumer() {
  state_->copied = {};
  state_->copy_positions();
  state_->drop_records();
  state_->is_closing = true;
  rd_kafka_consumer_close(state_->client.get());
}

std::span<const record> consumer::poll(std::size_t most, milliseconds wait) {
  auto& s = *state_;
  if (s.is_handed_out) {
    s.drop_records();
    s.copy_positions();
    s.fetch(std::max<std::size_t>(most, 1), wait);
  }
  if (s.count == 0) {
    s.throw_if_away();
  }
  s.is_handed_out = true;
  return std::span(s.records).first(s.count);
}

void consumer::seek(const partition_id& p, std::int64_t offset) {
  auto& s = *state_;
  if (std::ranges::find(s.assigned, p) == s.assigned.end()) {
    return; // it went meanwhile: its next owner asks where to start
  }
  const auto list = to_list(std::span(&p, 1));
  list->elems[0].offset = offset;
  const owned_error failed(rd_kafka_seek_partitions(s.client.get(), list.get(), seek_ms));
  if (!failed && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    s.starts[p] = offset;
    return;
  }
  // A partition that does not run (out of range, say) cannot be sought: start all again, this one there.
  for (const auto& each : s.assigned) {
    s.starts[each] = s.next_of(each);
  }
  s.starts[p] = offset;
  s.assign(s.assigned);
  for (const auto& each : s.paused) {
    rd_kafka_pause_partitions(s.client.get(), to_list(std::span(&each, 1)).get());
  }
}

void consumer::pause(const partition_id& p) {
  state_->paused.insert(p);
  rd_kafka_pause_partitions(state_->client.get(), to_list(std::span(&p, 1)).get());
}

void consumer::resume(const partition_id& p) {
  state_->paused.erase(p);
  rd_kafka_resume_partitions(state_->client.get(), to_list(std::span(&p, 1)).get());
}

std::vector<partition_id> consumer::assignment() const { return state_->assigned; }

void consumer::commit_copy(const partition_id& p, std::int64_t next_offset) { state_->copies[p] = next_offset; }

std::int64_t consumer::high_watermark(const partition_id& p) const {
  std::int64_t low = -1;
  std::int64_t high = -1;
  rd_kafka_get_watermark_offsets(state_->client.get(), p.topic.c_str(), p.partition, &low, &high);
  return std::max<std::int64_t>(high, -1);
}

std::string consumer::cluster_id() const { return cluster_id_of(state_->client.get()); }

} // namespace millrace::kafka
