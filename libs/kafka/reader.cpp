#include "core/failure.hpp"
#include "kafka/consumer.hpp"
#include "kafka/message.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::kafka {
namespace {

using std::chrono::milliseconds;

// read() gives up when nothing comes for so long.
constexpr int silence_ms = 20'000;

void require(rd_kafka_resp_err_t e, const std::string& what) {
  if (e == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  const bool missing = e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || e == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                       e == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  throw outage(what + ": " + error_name(e) + ", " + rd_kafka_err2str(e), true, missing ? missing_topic_hint : away_hint);
}

std::string name_of(const partition_id& p) { return p.topic + "[" + std::to_string(p.partition) + "]"; }

// A partition being fetched, until the end of the block.
class fetching {
public:
  fetching(rd_kafka_topic_t* topic, int partition, std::int64_t from) : topic_(topic), partition_(partition) {
    if (rd_kafka_consume_start(topic, partition, from) != 0) {
      require(rd_kafka_last_error(), "read");
    }
  }
  ~fetching() { rd_kafka_consume_stop(topic_, partition_); }
  fetching(const fetching&) = delete;
  fetching& operator=(const fetching&) = delete;
  owned_message next() const { return owned_message(rd_kafka_consume(topic_, partition_, silence_ms)); }

private:
  rd_kafka_topic_t* topic_;
  int partition_;
};

} // namespace

struct reader::state {
  owned_client client;
};

reader::reader(const client_settings& s)
    : state_(std::make_unique<state>(state{make_client(
          RD_KAFKA_CONSUMER, make_configuration(s,
                                                {{"enable.partition.eof", "true"},
                                                 {"auto.offset.reset", "error"},
                                                 {"check.crcs", "true"},
                                                 {"fetch.wait.max.ms", "50"},
                                                 {"queued.max.messages.kbytes", "16384"}},
                                                nullptr))})) {}

reader::~reader() = default;

reader::range reader::watermarks(const partition_id& p, milliseconds most) {
  range r;
  require(rd_kafka_query_watermark_offsets(state_->client.get(), p.topic.c_str(), p.partition, &r.first, &r.next,
                                           static_cast<int>(most.count())),
          "offsets of " + name_of(p));
  return r;
}

std::string reader::cluster_id() { return cluster_id_of(state_->client.get()); }

int reader::partitions(const std::string& topic, milliseconds most) {
  const owned_topic handle(rd_kafka_topic_new(state_->client.get(), topic.c_str(), nullptr));
  const struct rd_kafka_metadata* answer = nullptr;
  require(rd_kafka_metadata(state_->client.get(), 0, handle.get(), &answer, static_cast<int>(most.count())),
          "topic " + topic);
  const owned_metadata shown(answer);
  if (answer->topic_cnt != 1) {
    throw outage("topic " + topic + " is not shown", true, missing_topic_hint);
  }
  require(answer->topics[0].err, "topic " + topic);
  return answer->topics[0].partition_cnt;
}

std::int64_t reader::offset_at(const partition_id& p, std::int64_t timestamp_ms, milliseconds most) {
  const owned_partitions asked(rd_kafka_topic_partition_list_new(1));
  auto& one = *rd_kafka_topic_partition_list_add(asked.get(), p.topic.c_str(), p.partition);
  one.offset = timestamp_ms;
  require(rd_kafka_offsets_for_times(state_->client.get(), asked.get(), static_cast<int>(most.count())),
          "offset by time of " + name_of(p));
  require(one.err, "offset by time of " + name_of(p));
  return one.offset >= 0 ? one.offset : watermarks(p, most).next;
}

void reader::read(const partition_id& p, std::int64_t from, std::int64_t to,
                  const std::function<bool(const record&)>& each) {
  const auto log = watermarks(p, milliseconds(silence_ms));
  from = std::max(from, log.first);
  to = std::min(to, log.next);
  if (from >= to) {
    return;
  }
  const owned_topic topic(rd_kafka_topic_new(state_->client.get(), p.topic.c_str(), nullptr));
  const fetching partition(topic.get(), p.partition, from);
  record r;
  for (;;) {
    const auto m = partition.next();
    if (!m) {
      throw outage("nothing came from " + name_of(p), true, away_hint);
    }
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      return; // compaction took the rest
    }
    require(m->err, "read " + name_of(p));
    if (m->offset >= to) {
      return;
    }
    fill(r, *m);
    if (!each(r) || m->offset + 1 >= to) {
      return;
    }
  }
}

} // namespace millrace::kafka
