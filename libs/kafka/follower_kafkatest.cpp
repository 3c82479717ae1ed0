#include "kafka/follower.hpp"

#include "kafka/admin.hpp"
#include "kafka/testing_kafka.hpp"
#include "kafka/topics.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace millrace::kafka {
namespace {

using namespace std::chrono_literals;

class following : public testing::Test {
protected:
  std::string topic(int partitions) {
    topic_file t;
    t.name = unique_name("follower-test");
    t.partitions = partitions;
    EXPECT_TRUE(apply_topics(kafka_, {t}).empty());
    made_.push_back(t.name);
    return t.name;
  }
  void TearDown() override {
    for (const auto& name : made_)
      admin(kafka_).remove(name);
  }
  // Writes and waits until the broker has it.
  void write(const std::string& topic, int partition, const std::string& value) {
    const auto client = make_client(RD_KAFKA_PRODUCER, make_configuration(kafka_, {}, nullptr));
    const owned_topic to(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
    ASSERT_EQ(rd_kafka_produce(to.get(), partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(), nullptr, 0, nullptr), 0);
    ASSERT_EQ(rd_kafka_flush(client.get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  client_settings kafka_ = real_kafka();

private:
  std::vector<std::string> made_;
};

std::set<std::string> values_until(follower& f, std::size_t count) {
  std::set<std::string> values;
  eventually([&] {
    f.poll(100, 50ms, [&](const record& r) { values.emplace(r.value); });
    return values.size() >= count;
  });
  return values;
}

TEST_F(following, begins_near_the_end_of_each_partition_and_goes_on) {
  const auto t = topic(2);
  for (const char* v : {"a", "b", "c"})
    write(t, 0, v);
  write(t, 1, "d");
  follower f(kafka_, {t}, 2);
  EXPECT_EQ(values_until(f, 3), (std::set<std::string>{"b", "c", "d"}));
  write(t, 1, "e");
  EXPECT_EQ(values_until(f, 1), (std::set<std::string>{"e"}));
  EXPECT_EQ(f.away(), "");
  EXPECT_TRUE(eventually([&] {
    f.poll(1, 20ms, [](const record&) {});
    return f.ends() == std::map<partition_id, std::int64_t>{{{t, 0}, 3}, {{t, 1}, 2}};
  }));
}

TEST_F(following, a_topic_that_is_made_later_is_found) {
  const auto name = unique_name("follower-late");
  follower f(kafka_, {name}, 10);
  f.poll(10, 20ms, [](const record&) {});
  topic_file t;
  t.name = name;
  ASSERT_TRUE(apply_topics(kafka_, {t}).empty());
  write(name, 0, "late");
  EXPECT_EQ(values_until(f, 1), (std::set<std::string>{"late"}));
  admin(kafka_).remove(name);
}

TEST(following_nobody, says_that_no_broker_answers_and_does_not_end) {
  client_settings nobody;
  nobody.brokers = "127.0.0.1:1";
  follower f(nobody, {"any"}, 1);
  f.poll(10, 10ms, [](const record&) { ADD_FAILURE(); });
  EXPECT_NE(f.away(), "");
  EXPECT_TRUE(f.ends().empty());
}

} // namespace
} // namespace millrace::kafka
