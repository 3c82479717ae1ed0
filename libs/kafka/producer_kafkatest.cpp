#include "kafka/producer.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "kafka/testing_kafka.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <poll.h>
#include <thread>

namespace millrace::kafka {
namespace {

using namespace std::chrono_literals;

// Takes delivery reports; a record's opaque is its number.
std::map<std::intptr_t, std::deque<delivery>> reports;
void note(void* opaque, const delivery& d) { reports[reinterpret_cast<std::intptr_t>(opaque)].push_back(d); }
void* number(std::intptr_t n) { return reinterpret_cast<void*>(n); }

class producing : public testing::Test {
protected:
  void SetUp() override { reports.clear(); }
  static std::size_t stored() {
    return std::ranges::count_if(reports, [](const auto& r) { return r.second.front().stored; });
  }
  static void expect_one_report_each(std::size_t records) {
    EXPECT_EQ(reports.size(), records);
    for (const auto& [n, of_one] : reports) {
      EXPECT_EQ(of_one.size(), 1u) << "record " << n;
    }
  }
};

TEST_F(producing, an_acknowledged_record_has_partition_and_offset) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 5s, note);
  ASSERT_TRUE(p.send("t", "k", "v", {{"h", "1"}, {"empty", ""}}, number(1)));
  EXPECT_EQ(p.in_flight(), 1u);
  ASSERT_TRUE(p.flush(10s));
  EXPECT_EQ(p.in_flight(), 0u);
  expect_one_report_each(1);
  EXPECT_TRUE(reports[1].front().stored);
  EXPECT_EQ(reports[1].front().partition, 0);
  EXPECT_EQ(reports[1].front().offset, 0);
  EXPECT_TRUE(p.connected());
}

TEST_F(producing, the_descriptor_becomes_readable_when_a_report_is_ready) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 5s, note);
  for (int n = 0; n < 50; ++n) {
    ASSERT_TRUE(p.send("t", "k", "v", {}, number(n)));
    while (p.in_flight() > 0) {
      pollfd wanted{p.ready_descriptor(), POLLIN, 0};
      ASSERT_EQ(::poll(&wanted, 1, 10'000), 1) << "nothing ready for 10 s, " << n;
      p.poll();
    }
  }
  expect_one_report_each(50);
}

TEST_F(producing, a_full_queue_refuses_and_takes_again_later) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  auto s = kafka.settings();
  s.properties["queue.buffering.max.messages"] = "10";
  producer p(s, 5s, note);
  for (int n = 0; n < 10; ++n) {
    ASSERT_TRUE(p.send("t", "k", "v", {}, number(n)));
  }
  EXPECT_FALSE(p.send("t", "k", "v", {}, number(10)));
  ASSERT_TRUE(p.flush(10s));
  EXPECT_TRUE(p.send("t", "k", "v", {}, number(11)));
  ASSERT_TRUE(p.flush(10s));
  expect_one_report_each(11);
  EXPECT_FALSE(reports.contains(10));
}

TEST_F(producing, a_record_that_cannot_be_delivered_in_time_fails_once_and_may_be_sent_again) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 1s, note);
  ASSERT_TRUE(p.send("t", "k", "v", {}, number(1)));
  ASSERT_TRUE(p.flush(10s));
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 3'000); // the answer comes, long after the time is over
  ASSERT_TRUE(p.send("t", "k", "v", {}, number(2)));
  ASSERT_TRUE(p.flush(10s));
  EXPECT_FALSE(reports[2].front().stored);
  EXPECT_TRUE(reports[2].front().retryable);
  EXPECT_EQ(reports[2].front().error, "_MSG_TIMED_OUT");
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 0);
  ASSERT_TRUE(eventually([&] {
    static std::intptr_t n = 100;
    ++n;
    EXPECT_TRUE(p.send("t", "k", "v", {}, number(n)));
    p.flush(2s);
    return reports[n].front().stored;
  }));
  for (const auto& [n, of_one] : reports) {
    EXPECT_EQ(of_one.size(), 1u) << "record " << n << ": a late acknowledgement is no second report";
  }
}

TEST_F(producing, a_missing_topic_is_an_outage_that_says_what_to_do_and_ends_when_it_is_made) {
  mock_cluster kafka;
  rd_kafka_mock_topic_set_error(kafka.get(), "missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  producer p(kafka.settings(), 5s, note);
  ASSERT_TRUE(p.send("missing", "k", "v", {}, number(1))); // nobody knows yet
  ASSERT_TRUE(p.flush(20s));
  EXPECT_FALSE(reports[1].front().stored);
  EXPECT_TRUE(reports[1].front().retryable);
  EXPECT_TRUE(reports[1].front().error.ends_with("UNKNOWN_TOPIC") ||
              reports[1].front().error == "UNKNOWN_TOPIC_OR_PART")
      << reports[1].front().error;
  try {
    p.send("missing", "k", "v", {}, number(2));
    FAIL() << "no outage";
  } catch (const outage& e) {
    EXPECT_TRUE(e.retryable());
    EXPECT_NE(e.hint().find("millrace topics apply"), std::string::npos) << e.hint();
  }
  rd_kafka_mock_topic_set_error(kafka.get(), "missing", RD_KAFKA_RESP_ERR_NO_ERROR);
  std::intptr_t n = 10;
  EXPECT_TRUE(eventually([&] {
    try {
      p.send("missing", "k", "v", {}, number(++n));
      p.flush(5s);
      return reports[n].front().stored;
    } catch (const outage&) {
      p.poll();
      return false;
    }
  }));
}

TEST_F(producing, a_lost_connection_loses_and_doubles_nothing) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 20s, note);
  kafka.next_answers(produce_request, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                     RD_KAFKA_RESP_ERR__TRANSPORT);
  for (int n = 0; n < 100; ++n) {
    ASSERT_TRUE(p.send("t", std::to_string(n), "v", {}, number(n)));
    p.poll();
  }
  ASSERT_TRUE(p.flush(20s));
  expect_one_report_each(100);
  EXPECT_EQ(stored(), 100u);
}

TEST_F(producing, a_fatal_error_fails_what_is_queued_and_makes_a_new_producer) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 100); // the record is there before the answer
  kafka.next_answers(init_producer_id_request, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  producer p(kafka.settings(), 60s, note); // longer than the flush below waits
  ASSERT_TRUE(p.send("t", "k", "v", {}, number(1)));
  ASSERT_TRUE(p.flush(10s));
  expect_one_report_each(1);
  EXPECT_FALSE(reports[1].front().stored);
  EXPECT_TRUE(reports[1].front().retryable);
  EXPECT_EQ(p.renewals(), 1u);
  ASSERT_TRUE(p.send("t", "k", "v", {}, number(2)));
  ASSERT_TRUE(p.flush(10s));
  EXPECT_TRUE(reports[2].front().stored);
  expect_one_report_each(2);
}

class sequence_errors : public producing, public testing::WithParamInterface<rd_kafka_resp_err_t> {};

TEST_P(sequence_errors, every_record_is_reported_once_and_the_producer_goes_on) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 60s, note); // longer than the flush below waits
  ASSERT_TRUE(p.send("t", "k", "v", {}, number(0)));
  ASSERT_TRUE(p.flush(10s));
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 20);
  kafka.next_answers(produce_request, RD_KAFKA_RESP_ERR_NO_ERROR, GetParam());
  std::intptr_t n = 0;
  ASSERT_TRUE(eventually([&] {
    try {
      p.send("t", "k", "v", {}, number(++n));
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
      --n;
    }
    p.poll();
    return n >= 200;
  }));
  ASSERT_TRUE(p.flush(20s));
  expect_one_report_each(201);
  for (const auto& [number, of_one] : reports) {
    EXPECT_TRUE(of_one.front().stored || of_one.front().retryable) << number;
  }
  EXPECT_TRUE(eventually([&] {
    p.poll();
    try {
      p.send("t", "k", "v", {}, number(1'000'000));
      return true;
    } catch (const outage&) {
      return false;
    }
  }));
  ASSERT_TRUE(p.flush(20s));
  EXPECT_TRUE(reports[1'000'000].front().stored);
  RecordProperty("stored", static_cast<int>(stored()));
  RecordProperty("renewals", static_cast<int>(p.renewals()));
}

INSTANTIATE_TEST_SUITE_P(producing, sequence_errors,
                         testing::Values(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                         RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                         RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                                         RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
                                         RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING),
                         [](const auto& tested) { return std::string(rd_kafka_err2name(tested.param)); });

TEST_F(producing, an_error_that_stays_fatal_makes_no_circle_of_producers) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  const std::vector<rd_kafka_resp_err_t> many(1'000, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  rd_kafka_mock_push_request_errors_array(kafka.get(), init_producer_id_request, many.size(), many.data());
  producer p(kafka.settings(), 30s, note);
  const auto begin = std::chrono::steady_clock::now();
  std::intptr_t n = 0;
  bool refused = false;
  while (std::chrono::steady_clock::now() - begin < 2500ms) {
    try {
      p.send("t", "k", "v", {}, number(++n));
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
      refused = true;
    }
    p.poll();
  }
  EXPECT_TRUE(refused);
  EXPECT_LE(p.renewals(), 4u);
  EXPECT_GE(p.renewals(), 1u);
  EXPECT_TRUE(p.flush(10s)) << "what was sent just before the error waits for its time to be over";
}

TEST_F(producing, a_cluster_that_is_away_is_told_and_so_is_its_return) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  producer p(kafka.settings(), 2s, note);
  const auto connected = [&] {
    p.poll();
    return p.connected();
  };
  ASSERT_TRUE(eventually(connected)) << "without a record being sent";
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  EXPECT_TRUE(eventually([&] { return !connected(); }));
  rd_kafka_mock_broker_set_up(kafka.get(), 1);
  EXPECT_TRUE(eventually(connected));
}

TEST_F(producing, the_end_reports_what_was_never_delivered) {
  client_settings nowhere;
  nowhere.brokers = "127.0.0.1:1";
  {
    producer p(nowhere, 3s, note);
    ASSERT_TRUE(p.send("t", "k", "v", {}, number(1)));
    EXPECT_FALSE(p.flush(100ms));
  }
  expect_one_report_each(1);
  EXPECT_FALSE(reports[1].front().stored);
}

TEST_F(producing, a_setting_that_is_none_is_named) {
  client_settings s;
  s.properties["linger.milliseconds"] = "5";
  try {
    producer p(s, 5s, note);
    FAIL() << "no outage";
  } catch (const outage& e) {
    EXPECT_FALSE(e.retryable());
    EXPECT_NE(e.hint().find("MILLRACE_KAFKA_LINGER_MILLISECONDS"), std::string::npos) << e.hint();
  }
}

} // namespace
} // namespace millrace::kafka
