// What the tests of this folder stand on: the real Kafka that ops/test starts, topics of their own, and librdkafka's mock
// cluster for errors that a real broker does not make on demand. One thread.
#pragma once

#include "kafka/client.hpp"
#include "kafka/configuration.hpp"
#include "kafka/consumer.hpp"

#include <librdkafka/rdkafka_mock.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>

namespace millrace::kafka {

// Settings for the real broker; fails the test program when there is none.
inline client_settings real_kafka() {
  const char* const brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
  if (brokers == nullptr) {
    ADD_FAILURE() << "MILLRACE_KAFKA_BROKERS is not set: this test needs Kafka, run it by ops/test";
    std::exit(1);
  }
  client_settings s;
  s.brokers = brokers;
  s.client_id = "kafkatest";
  return s;
}

// A name that no other run uses.
inline std::string unique_name(const std::string& stem) {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return stem + "-" + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-" +
         std::to_string(getpid()) + "-" + std::to_string(++count);
}

// Runs `step` until it is true; false when `most` is over.
template <class Step>
bool eventually(Step step, std::chrono::milliseconds most = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!step()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

// As retention would.
inline void delete_records_before(const client_settings& s, const partition_id& p, std::int64_t offset) {
  const auto client = make_client(RD_KAFKA_PRODUCER, make_configuration(s, {}, nullptr));
  const owned_queue queue(rd_kafka_queue_new(client.get()));
  const owned_partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = offset;
  const owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> deletion(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* asked = deletion.get();
  rd_kafka_DeleteRecords(client.get(), &asked, 1, nullptr, queue.get());
  const owned_event answer(rd_kafka_queue_poll(queue.get(), 20'000));
  ASSERT_TRUE(answer);
  ASSERT_EQ(rd_kafka_event_error(answer.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
}

// What lag tools see; negative when there is none.
inline std::int64_t committed_offset(client_settings s, const std::string& group, const partition_id& p) {
  s.properties["group.id"] = group;
  const auto client = make_client(RD_KAFKA_CONSUMER, make_configuration(s, {}, nullptr));
  const owned_partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
  rd_kafka_committed(client.get(), list.get(), 10'000);
  return list->elems[0].offset;
}

// librdkafka's own brokers, in this process.
class mock_cluster {
public:
  explicit mock_cluster(int brokers = 1)
      : client_(make_client(RD_KAFKA_PRODUCER, make_configuration(client_settings{}, {{"log_level", "0"}}, nullptr))),
        cluster_(rd_kafka_mock_cluster_new(client_.get(), brokers)) {}

  rd_kafka_mock_cluster_t* get() { return cluster_.get(); }
  client_settings settings() const {
    client_settings s;
    s.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
    s.client_id = "mocktest";
    return s;
  }
  template <class... Errors>
  void next_answers(int api_key, Errors... errors) {
    rd_kafka_mock_push_request_errors(cluster_.get(), static_cast<std::int16_t>(api_key), sizeof...(errors), errors...);
  }

private:
  owned_client client_;
  owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
};

// Kafka's numbers of the requests that tests inject errors into.
inline constexpr int produce_request = 0, metadata_request = 3, init_producer_id_request = 22;

} // namespace millrace::kafka
