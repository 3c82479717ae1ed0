#include "kafka/topics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace millrace::kafka {
namespace {

class topic_folder : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "topicsXXXXXX";
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& file, const std::string& text) { std::ofstream(folder_ + "/" + file) << text; }
  // The faults of one file alone.
  std::vector<fault> faults_of(const std::string& file, const std::string& text) {
    write(file, text);
    std::vector<fault> faults;
    load_topics(folder_, faults);
    std::filesystem::remove(folder_ + "/" + file);
    return faults;
  }
  std::string folder_;
};

constexpr const char* good = R"({
  // seven days are enough
  "topic": "raw.x", "description": "X", "partitions": 2, "replication": 3, "retention": "7d",
  "config": {"max.message.bytes": 4194304, "compression.type": "lz4", "unclean.leader.election.enable": false},
  "key": "account", "producers": ["gateway"], "consumers": ["a", "b"],
  "raw": {"owner": "b", "table": "raw_events"},
})";

std::string changed(std::string from, std::string to) {
  std::string text = good;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(topic_folder, a_file_says_all_of_its_topic) {
  write("raw.x.json", good);
  std::vector<fault> faults;
  const auto all = load_topics(folder_, faults);
  ASSERT_TRUE(faults.empty()) << faults.front().text();
  ASSERT_EQ(all.size(), 1u);
  const auto& t = all.front();
  EXPECT_EQ(t.name, "raw.x");
  EXPECT_EQ(t.partitions, 2);
  EXPECT_EQ(t.replication, 3);
  EXPECT_EQ(t.config.at("retention.ms"), "604800000");
  EXPECT_EQ(t.config.at("max.message.bytes"), "4194304");
  EXPECT_EQ(t.config.at("unclean.leader.election.enable"), "false");
  EXPECT_EQ(t.key, "account");
  EXPECT_EQ(t.producers, std::vector<std::string>{"gateway"});
  EXPECT_EQ(t.consumers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(t.raw_owner, "b");
  EXPECT_EQ(t.raw_table, "raw_events");
  EXPECT_EQ(t.description, "X");
}

TEST_F(topic_folder, each_mistake_has_its_fault_with_file_and_line) {
  const auto expect = [&](const std::string& text, const std::string& code, const std::string& part) {
    const auto faults = faults_of("raw.x.json", text);
    ASSERT_EQ(faults.size(), 1u) << part;
    EXPECT_EQ(faults[0].code, code);
    EXPECT_NE(faults[0].text().find("raw.x.json:"), std::string::npos) << faults[0].text();
    EXPECT_NE(faults[0].text().find(part), std::string::npos) << faults[0].text();
  };
  expect(changed("\"partitions\": 2", "\"partitions\": 0"), "schema", "partitions");
  expect(changed("\"key\"", "\"shards\": 3, \"key\""), "schema", "shards");
  expect(changed("\"7d\"", "\"7 days\""), "schema", "retention");
  expect(changed("\"topic\": \"raw.x\"", "\"topic\": \"raw.y\""), "bad_topic", "raw.y.json");
  expect(changed("4194304", "1048576"), "bad_topic", "4194304");
  expect(changed("\"owner\": \"b\"", "\"owner\": \"c\""), "bad_topic", "no consumer");
  expect(changed("\"compression.type\": \"lz4\"", "\"cleanup.policy\": \"compact\""), "bad_topic", "never compacted");
  expect(changed("\"compression.type\": \"lz4\"", "\"retention.ms\": 5"), "bad_topic", "twice");
  expect(changed(",\n  \"raw\": {\"owner\": \"b\", \"table\": \"raw_events\"}", ""), "bad_topic", "who writes the raw rows");
}

TEST_F(topic_folder, all_faults_come_at_once) {
  write("one.json", "{");
  write("two.json", changed("\"partitions\": 2", "\"partitions\": 0"));
  write("raw.x.json", good);
  std::vector<fault> faults;
  EXPECT_EQ(load_topics(folder_, faults).size(), 1u);
  EXPECT_EQ(faults.size(), 2u);
}

TEST_F(topic_folder, a_folder_that_is_not_there_is_a_fault) {
  std::vector<fault> faults;
  EXPECT_TRUE(load_topics(folder_ + "/none", faults).empty());
  EXPECT_EQ(faults.size(), 1u);
}

TEST(topics_of_millrace, are_without_fault_and_the_same_in_folder_and_binary) {
  std::vector<fault> faults;
  const auto in_folder = load_topics(MILLRACE_SOURCE_DIR "/topics", faults);
  const auto in_binary = embedded_topics(faults);
  for (const auto& f : faults) {
    ADD_FAILURE() << f.text();
  }
  ASSERT_EQ(in_folder.size(), in_binary.size());
  for (std::size_t i = 0; i < in_folder.size(); ++i) {
    EXPECT_EQ(in_folder[i].name, in_binary[i].name);
    EXPECT_EQ(in_folder[i].config, in_binary[i].config);
  }
}

TEST(topics_of_millrace, raw_topics_are_kept_35_days_and_what_admins_did_for_ever) {
  std::vector<fault> faults;
  for (const auto& t : embedded_topics(faults)) {
    if (t.name.starts_with("raw.")) {
      EXPECT_EQ(t.config.at("retention.ms"), t.name == "raw.admin" || t.name == "raw.alerting" ? "-1" : "3024000000") << t.name;
    }
  }
}

TEST(topics_of_millrace, every_service_that_reads_has_a_dead_letter_topic) {
  std::vector<fault> faults;
  const auto all = embedded_topics(faults);
  for (const auto& t : all) {
    for (const auto& service : t.consumers) {
      const bool found = std::ranges::any_of(all, [&](const topic_file& d) { return d.name == service + ".dead"; });
      EXPECT_TRUE(found) << service << " reads " << t.name;
    }
  }
}

} // namespace
} // namespace millrace::kafka
