#include "kafka/follower.hpp"

#include "kafka/message.hpp"

#include <algorithm>
#include <array>

namespace millrace::kafka {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// How often the brokers are asked who is there, and how long they may take to answer.
constexpr auto between_looks = 2s;
constexpr int answer_ms = 1'000;

} // namespace

struct follower::state {
  owned_client client;
  owned_queue queue;
  std::vector<owned_topic> topics;
  std::int64_t tail = 0;
  std::map<partition_id, rd_kafka_topic_t*> followed;
  std::string away = "not asked yet";
  clock::time_point next_look{};

  void look();
  void follow(const struct rd_kafka_metadata_topic& seen);
  void let_go(const partition_id& p);
};

follower::follower(const client_settings& s, const std::vector<std::string>& topics, std::int64_t tail)
    : state_(std::make_unique<state>()) {
  state_->client = make_client(RD_KAFKA_CONSUMER, make_configuration(s,
                                                                     {{"auto.offset.reset", "latest"},
                                                                      {"check.crcs", "true"},
                                                                      {"fetch.wait.max.ms", "100"},
                                                                      {"fetch.error.backoff.ms", "100"},
                                                                      {"queued.max.messages.kbytes", "16384"}},
                                                                     nullptr));
  state_->queue.reset(rd_kafka_queue_new(state_->client.get()));
  state_->tail = tail;
  for (const auto& t : topics) {
    state_->topics.emplace_back(rd_kafka_topic_new(state_->client.get(), t.c_str(), nullptr));
  }
}

follower::~follower() {
  while (!state_->followed.empty()) {
    state_->let_go(state_->followed.begin()->first);
  }
}

void follower::state::let_go(const partition_id& p) {
  const auto at = followed.find(p);
  if (at != followed.end()) {
    rd_kafka_consume_stop(at->second, p.partition);
    followed.erase(at);
  }
}

// Asks for the topics that the client knows, which are ours alone.
void follower::state::look() {
  const struct rd_kafka_metadata* answer = nullptr;
  const auto e = rd_kafka_metadata(client.get(), 0, nullptr, &answer, answer_ms);
  if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
    away = rd_kafka_err2str(e);
    return;
  }
  const owned_metadata held(answer);
  away.clear();
  for (int i = 0; i < answer->topic_cnt; ++i) {
    if (answer->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      follow(answer->topics[i]);
    }
  }
}

void follower::state::follow(const struct rd_kafka_metadata_topic& seen) {
  for (const auto& topic : topics) {
    if (rd_kafka_topic_name(topic.get()) != std::string_view(seen.topic)) {
      continue;
    }
    for (int p = 0; p < seen.partition_cnt; ++p) {
      const partition_id id{seen.topic, p};
      if (!followed.contains(id) && rd_kafka_consume_start_queue(topic.get(), p, RD_KAFKA_OFFSET_TAIL(tail), queue.get()) == 0) {
        followed.emplace(id, topic.get());
      }
    }
  }
}

void follower::poll(std::size_t most, std::chrono::milliseconds wait, const std::function<void(const record&)>& each) {
  if (clock::now() >= state_->next_look) {
    state_->look();
    state_->next_look = clock::now() + between_looks;
  }
  rd_kafka_poll(state_->client.get(), 0); // logs and errors
  std::array<rd_kafka_message_t*, 256> raw{};
  const auto n = rd_kafka_consume_batch_queue(state_->queue.get(), static_cast<int>(wait.count()), raw.data(), std::min(most, raw.size()));
  record r;
  for (ssize_t i = 0; i < n; ++i) {
    const owned_message m(raw[static_cast<std::size_t>(i)]);
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      fill(r, *m);
      each(r);
    } else if (m->rkt && (m->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || m->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                          m->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)) {
      state_->let_go({rd_kafka_topic_name(m->rkt), m->partition}); // the next look finds it again, if it is there
    }
  }
}

const std::string& follower::away() const { return state_->away; }

std::map<partition_id, std::int64_t> follower::ends() const {
  std::map<partition_id, std::int64_t> all;
  for (const auto& [p, topic] : state_->followed) {
    std::int64_t first = 0, next = 0;
    if (rd_kafka_get_watermark_offsets(state_->client.get(), p.topic.c_str(), p.partition, &first, &next) == RD_KAFKA_RESP_ERR_NO_ERROR && next >= 0) {
      all.emplace(p, next);
    }
  }
  return all;
}

} // namespace millrace::kafka
