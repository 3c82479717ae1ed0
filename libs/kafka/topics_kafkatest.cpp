#include "kafka/topics.hpp"

#include "core/failure.hpp"
#include "kafka/admin.hpp"
#include "kafka/testing_kafka.hpp"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

class topics_of_a_cluster : public testing::Test {
protected:
  topic_file wanted(int partitions) {
    topic_file t;
    t.name = unique_name("topics-test");
    t.partitions = partitions;
    t.config = {{"retention.ms", "3024000000"}, {"max.message.bytes", "4194304"}};
    made_.push_back(t.name);
    return t;
  }
  void TearDown() override {
    for (const auto& name : made_) {
      admin(kafka_).remove(name);
    }
  }
  client_settings kafka_ = real_kafka();

private:
  std::vector<std::string> made_;
};

TEST_F(topics_of_a_cluster, missing_ones_are_told_then_made_then_no_difference_is_left) {
  const std::vector wanted_topics{wanted(3), wanted(1)};
  const auto before = diff_topics(kafka_, wanted_topics);
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[0].what, "missing");
  EXPECT_TRUE(before[0].can_apply);
  EXPECT_TRUE(apply_topics(kafka_, wanted_topics).empty());
  EXPECT_TRUE(diff_topics(kafka_, wanted_topics).empty());
  EXPECT_TRUE(apply_topics(kafka_, wanted_topics).empty()) << "a second time";
}

TEST_F(topics_of_a_cluster, partitions_are_added_and_never_taken_away) {
  auto t = wanted(2);
  apply_topics(kafka_, {t});
  t.partitions = 5;
  const auto more = diff_topics(kafka_, {t});
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].what, "partitions");
  EXPECT_EQ(more[0].found, "2");
  EXPECT_TRUE(apply_topics(kafka_, {t}).empty());
  EXPECT_TRUE(diff_topics(kafka_, {t}).empty());
  t.partitions = 1;
  const auto left = apply_topics(kafka_, {t});
  ASSERT_EQ(left.size(), 1u);
  EXPECT_FALSE(left[0].can_apply);
  EXPECT_EQ(admin(kafka_).describe({t.name}).at(t.name).partitions, 5);
}

TEST_F(topics_of_a_cluster, config_is_set_and_what_others_set_stays) {
  auto t = wanted(1);
  apply_topics(kafka_, {t});
  ASSERT_FALSE(admin(kafka_).set_config(t.name, {{"segment.ms", "3600000"}},
                                        admin(kafka_).describe({t.name}).at(t.name).overrides));
  // The cluster tells it a moment later; what is written before that would be written over the old.
  ASSERT_TRUE(eventually([&] { return admin(kafka_).describe({t.name}).at(t.name).overrides.contains("segment.ms"); }));
  t.config["retention.ms"] = "-1";
  const auto before = diff_topics(kafka_, {t});
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].what, "config retention.ms");
  EXPECT_EQ(before[0].found, "3024000000");
  EXPECT_TRUE(apply_topics(kafka_, {t}).empty());
  const auto now = admin(kafka_).describe({t.name}).at(t.name);
  EXPECT_EQ(now.overrides.at("retention.ms"), "-1");
  EXPECT_EQ(now.overrides.at("segment.ms"), "3600000");
  EXPECT_EQ(now.overrides.at("max.message.bytes"), "4194304");
}

TEST_F(topics_of_a_cluster, what_the_cluster_refuses_is_told_and_the_rest_is_made) {
  auto replicated = wanted(1);
  replicated.replication = 7;
  auto nonsense = wanted(1);
  nonsense.config["retention.ms"] = "for ever";
  const auto good = wanted(1);
  const auto left = apply_topics(kafka_, {replicated, nonsense, good});
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].topic, replicated.name);
  EXPECT_FALSE(left[0].can_apply);
  EXPECT_NE(left[0].found.find("INVALID_REPLICATION_FACTOR"), std::string::npos) << left[0].found;
  EXPECT_EQ(left[1].topic, nonsense.name);
  EXPECT_TRUE(diff_topics(kafka_, {good}).empty());
  auto other_replication = good;
  other_replication.replication = 2;
  const auto told = diff_topics(kafka_, {other_replication});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].what, "replication");
  EXPECT_FALSE(told[0].can_apply);
}

TEST_F(topics_of_a_cluster, those_of_millrace_are_taken_as_they_are) {
  std::vector<fault> faults;
  auto ours = embedded_topics(faults);
  ASSERT_TRUE(faults.empty());
  for (auto& t : ours) {
    t.name = wanted(1).name + "-" + t.name; // not the real ones: a system may be running
    t.partitions = 1;
  }
  EXPECT_TRUE(apply_topics(kafka_, ours).empty());
  EXPECT_TRUE(diff_topics(kafka_, ours).empty());
  for (const auto& t : ours) {
    admin(kafka_).remove(t.name);
  }
}

TEST_F(topics_of_a_cluster, a_cluster_that_is_away_is_an_outage) {
  client_settings nowhere;
  nowhere.brokers = "127.0.0.1:1";
  nowhere.properties["log_level"] = "0";
  try {
    diff_topics(nowhere, {wanted(1)});
    FAIL() << "no outage";
  } catch (const outage& e) {
    EXPECT_TRUE(e.retryable());
  }
}

} // namespace
} // namespace millrace::kafka
