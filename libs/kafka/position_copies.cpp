#include "kafka/position_copies.hpp"

#include "core/failure.hpp"
#include "kafka/message.hpp"

namespace millrace::kafka {
namespace {

void require(rd_kafka_resp_err_t e, const partition_id& p) {
  if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw outage("position in " + p.topic + "[" + std::to_string(p.partition) + "]: " + error_name(e) + ", " + rd_kafka_err2str(e), true, away_hint);
  }
}

} // namespace

struct position_copies::state {
  owned_client client;
};

position_copies::position_copies(const client_settings& s, const std::string& group)
    : state_(std::make_unique<state>(state{make_client(RD_KAFKA_CONSUMER, make_configuration(s, {{"group.id", group}}, nullptr))})) {}

position_copies::~position_copies() = default;

std::optional<std::int64_t> position_copies::of(const partition_id& p, std::chrono::milliseconds most) const {
  const owned_partitions asked(rd_kafka_topic_partition_list_new(1));
  const auto& one = *rd_kafka_topic_partition_list_add(asked.get(), p.topic.c_str(), p.partition);
  require(rd_kafka_committed(state_->client.get(), asked.get(), static_cast<int>(most.count())), p);
  require(one.err, p);
  return one.offset >= 0 ? std::optional(one.offset) : std::nullopt;
}

} // namespace millrace::kafka
