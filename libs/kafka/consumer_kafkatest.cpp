#include "kafka/consumer.hpp"

#include "core/failure.hpp"
#include "kafka/admin.hpp"
#include "kafka/producer.hpp"
#include "kafka/testing_kafka.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

namespace millrace::kafka {
namespace {

using namespace std::chrono_literals;

struct copy {
  std::string key, value;
  header_list headers;
  std::int64_t offset, timestamp_ms;
  std::string fingerprint;
};
using copies = std::map<partition_id, std::vector<copy>>;

void keep(copies& all, std::span<const record> records) {
  for (const auto& r : records) {
    all[{std::string(r.topic), r.partition}].push_back({std::string(r.key), std::string(r.value), r.headers, r.offset,
                                                        r.timestamp_ms, r.fingerprint()});
  }
}

std::size_t count_of(const copies& all) {
  std::size_t n = 0;
  for (const auto& [p, of_one] : all) {
    n += of_one.size();
  }
  return n;
}

class consuming : public testing::Test {
protected:
  std::string make_topic(int partitions) {
    topic_file t;
    t.name = unique_name("consumer-test");
    t.partitions = partitions;
    t.config = {{"max.message.bytes", "4194304"}};
    EXPECT_TRUE(apply_topics(kafka_, {t}).empty());
    made_.push_back(t.name);
    return t.name;
  }
  void send(const std::string& topic, const std::string& key, const std::string& value, const header_list& headers = {}) {
    producer p(kafka_, 20s, [](void*, const delivery& d) { EXPECT_TRUE(d.stored) << d.error; });
    ASSERT_TRUE(p.send(topic, key, value, headers, nullptr));
    ASSERT_TRUE(p.flush(20s));
  }
  // Values "0" … "n-1", keys the same: spread over partitions.
  void send_numbers(const std::string& topic, int n) {
    producer p(kafka_, 20s, [](void*, const delivery& d) { EXPECT_TRUE(d.stored) << d.error; });
    for (int i = 0; i < n; ++i) {
      ASSERT_TRUE(p.send(topic, std::to_string(i), std::to_string(i), {}, nullptr));
    }
    ASSERT_TRUE(p.flush(20s));
  }
  // Notes what it is told; starts every partition at the beginning, or where `starts_` says.
  consumer::callbacks calls() {
    return {[this](std::span<const partition_id> came) {
              ++assignments_;
              std::vector<std::optional<std::int64_t>> answers;
              for (const auto& p : came) {
                const auto at = starts_.find(p);
                answers.push_back(at == starts_.end() ? std::nullopt : std::optional(at->second));
              }
              return answers;
            },
            [this](std::span<const partition_id> gone) { revoked_ += gone.size(); },
            [this](const partition_id& p, std::int64_t wanted, const std::string& why) {
              out_of_range_[p] = wanted;
              EXPECT_FALSE(why.empty());
            }};
  }
  void TearDown() override {
    for (const auto& name : made_) {
      admin(kafka_).remove(name);
    }
  }

  client_settings kafka_ = real_kafka();
  std::map<partition_id, std::int64_t> starts_;
  int assignments_ = 0;
  std::size_t revoked_ = 0;
  std::map<partition_id, std::int64_t> out_of_range_;

private:
  std::vector<std::string> made_;
};

TEST_F(consuming, a_record_comes_back_as_it_was_sent) {
  const auto topic = make_topic(1);
  std::string binary = "\x00\xff\r\n";
  binary.resize(4);
  binary[0] = '\0';
  const header_list headers{{"ce_id", "ghl:loc:Contact:1:2"}, {"empty", ""}, {"binary", binary}, {"twice", "a"}, {"twice", "b"}};
  const std::string large(3 * 1024 * 1024, 'x');
  send(topic, "key", binary, headers);
  send(topic, "", "", {});
  send(topic, "large", large, headers);
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  copies got;
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(10, 1s));
    return count_of(got) >= 3;
  }));
  const auto& all = got[{topic, 0}];
  EXPECT_EQ(all[0].key, "key");
  EXPECT_EQ(all[0].value, binary);
  EXPECT_EQ(all[0].headers, headers);
  EXPECT_GT(all[0].timestamp_ms, 1'600'000'000'000);
  EXPECT_EQ(all[1].value, "");
  EXPECT_TRUE(all[1].headers.empty());
  EXPECT_EQ(all[2].value, large);
  EXPECT_EQ(all[2].headers, headers);
  EXPECT_EQ(all[0].fingerprint.size(), 16u);
  EXPECT_NE(all[0].fingerprint, all[1].fingerprint);
  EXPECT_EQ(c.high_watermark({topic, 0}), 3);
  EXPECT_FALSE(c.cluster_id().empty());
}

TEST_F(consuming, starts_where_the_owner_says_and_goes_back_when_told) {
  const auto topic = make_topic(2);
  send_numbers(topic, 200);
  reader r(kafka_);
  const partition_id zero{topic, 0};
  const partition_id one{topic, 1};
  const auto end_zero = r.watermarks(zero, 10s).next;
  const auto end_one = r.watermarks(one, 10s).next;
  ASSERT_GT(end_zero, 20);
  starts_ = {{zero, 10}, {one, end_one}};
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  copies got;
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(7, 1s));
    return count_of(got) >= static_cast<std::size_t>(end_zero - 10);
  }));
  EXPECT_EQ(got[zero].front().offset, 10);
  EXPECT_EQ(got[zero].back().offset, end_zero - 1);
  EXPECT_TRUE(got[one].empty());
  got.clear();
  c.seek(zero, 5);
  c.seek(one, 0);
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(1000, 1s));
    return count_of(got) >= static_cast<std::size_t>(end_zero - 5 + end_one);
  }));
  EXPECT_EQ(got[zero].front().offset, 5);
  EXPECT_EQ(got[one].front().offset, 0);
  for (const auto& [p, of_one] : got) {
    for (std::size_t i = 1; i < of_one.size(); ++i) {
      ASSERT_EQ(of_one[i].offset, of_one[i - 1].offset + 1) << "no gap, no double";
    }
  }
}

TEST_F(consuming, a_seek_between_batches_leaves_no_record_of_the_old_place) {
  const auto topic = make_topic(1);
  send_numbers(topic, 3000);
  const partition_id p{topic, 0};
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  std::int64_t wanted = 0;
  int seeks = 0;
  ASSERT_TRUE(eventually([&] {
    for (const auto& r : c.poll(100, 1s)) {
      EXPECT_EQ(r.offset, wanted);
      wanted = r.offset + 1;
    }
    if (wanted >= 300 * (seeks + 1) && seeks < 8) { // the rest lies prefetched in the queue
      ++seeks;
      wanted -= 150;
      c.seek(p, wanted);
    }
    return wanted == 3000 || HasFailure();
  }));
  EXPECT_EQ(seeks, 8);
}

TEST_F(consuming, two_members_share_and_the_rest_takes_over) {
  const auto topic = make_topic(6);
  const auto other = make_topic(1);
  send_numbers(topic, 600);
  const auto group = unique_name("group");
  consumer first(kafka_, group, {topic, other}, calls());
  copies got;
  ASSERT_TRUE(eventually([&] {
    keep(got, first.poll(100, 100ms));
    return count_of(got) == 600;
  }));
  EXPECT_EQ(first.assignment().size(), 7u);
  for (const auto& [p, of_one] : got) {
    starts_[p] = of_one.back().offset + 1; // what a service reads from its table
  }
  {
    consumer second(kafka_, group, {topic, other}, calls());
    ASSERT_TRUE(eventually([&] {
      keep(got, first.poll(100, 50ms));
      keep(got, second.poll(100, 50ms));
      return first.assignment().size() + second.assignment().size() == 7 && second.assignment().size() >= 3;
    }));
    EXPECT_EQ(revoked_, 7u);
    EXPECT_GE(first.assignment().size(), 3u);
    send_numbers(topic, 600);
    ASSERT_TRUE(eventually([&] {
      keep(got, first.poll(100, 10ms));
      keep(got, second.poll(100, 10ms));
      return count_of(got) == 1200;
    }));
    for (const auto& [p, of_one] : got) {
      starts_[p] = of_one.back().offset + 1;
    }
  }
  const auto left = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] {
    keep(got, first.poll(100, 50ms));
    return first.assignment().size() == 7;
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - left, 5s) << "a member that leaves is not waited for";
  EXPECT_EQ(count_of(got), 1200u) << "nothing twice, as the starts were known";
  for (const auto& [p, of_one] : got) {
    for (std::size_t i = 0; i < of_one.size(); ++i) {
      ASSERT_EQ(of_one[i].offset, static_cast<std::int64_t>(i)) << p.topic << p.partition;
    }
  }
}

TEST_F(consuming, an_assignment_that_the_owner_cannot_answer_is_asked_again) {
  const auto topic = make_topic(1);
  send_numbers(topic, 10);
  int asked = 0;
  auto failing = calls();
  failing.assigned = [&](std::span<const partition_id> came) {
    if (++asked < 3) {
      throw outage("Postgres is away", true, "");
    }
    return std::vector<std::optional<std::int64_t>>(came.size(), 4);
  };
  consumer c(kafka_, unique_name("group"), {topic}, failing);
  copies got;
  int outages = 0;
  ASSERT_TRUE(eventually([&] {
    try {
      keep(got, c.poll(100, 100ms));
    } catch (const outage& e) {
      EXPECT_STREQ(e.what(), "Postgres is away");
      ++outages;
    }
    return count_of(got) == 6;
  }));
  EXPECT_EQ(outages, 2);
  EXPECT_EQ(got.begin()->second.front().offset, 4);
}

TEST_F(consuming, an_offset_outside_the_log_stops_its_partition_and_no_other) {
  const auto topic = make_topic(2);
  send_numbers(topic, 100);
  const partition_id zero{topic, 0};
  const partition_id one{topic, 1};
  starts_ = {{zero, 1'000'000}, {one, 0}};
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  const auto end_one = reader(kafka_).watermarks(one, 10s).next;
  copies got;
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(100, 200ms));
    return out_of_range_.contains(zero) && count_of(got) == static_cast<std::size_t>(end_one);
  }));
  EXPECT_EQ(out_of_range_[zero], 1'000'000);
  EXPECT_TRUE(got[zero].empty());
  for (int i = 0; i < 5; ++i) { // it stays so
    keep(got, c.poll(100, 200ms));
  }
  EXPECT_TRUE(got[zero].empty());
  c.seek(zero, 0); // a person mended it
  c.resume(zero);
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(100, 200ms));
    return count_of(got) == 100u;
  }));
}

TEST_F(consuming, an_owner_that_throws_when_told_loses_no_record) {
  const auto topic = make_topic(2);
  send_numbers(topic, 100);
  const partition_id zero{topic, 0};
  const partition_id one{topic, 1};
  starts_ = {{zero, 1'000'000}, {one, 0}};
  auto failing = calls();
  failing.out_of_range = [](const partition_id&, std::int64_t, const std::string&) {
    throw outage("Postgres is away", true, "");
  };
  consumer c(kafka_, unique_name("group"), {topic}, failing);
  const auto end_one = reader(kafka_).watermarks(one, 10s).next;
  copies got;
  int outages = 0;
  ASSERT_TRUE(eventually([&] {
    try {
      keep(got, c.poll(1000, 500ms));
    } catch (const outage&) {
      ++outages;
    }
    return outages == 1 && count_of(got) >= static_cast<std::size_t>(end_one);
  }));
  EXPECT_EQ(count_of(got), static_cast<std::size_t>(end_one));
  EXPECT_EQ(got[one].front().offset, 0);
}

TEST_F(consuming, records_deleted_before_they_were_read_stop_the_partition) {
  const auto topic = make_topic(1);
  send_numbers(topic, 100);
  const partition_id p{topic, 0};
  delete_records_before(kafka_, p, 50);
  EXPECT_EQ(reader(kafka_).watermarks(p, 10s).first, 50);
  starts_ = {{p, 20}};
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(c.poll(100, 200ms).empty());
    return out_of_range_.contains(p);
  }));
  EXPECT_EQ(out_of_range_[p], 20);
}

TEST_F(consuming, paused_partitions_give_nothing_until_resumed) {
  const auto topic = make_topic(1);
  const partition_id p{topic, 0};
  consumer c(kafka_, unique_name("group"), {topic}, calls());
  ASSERT_TRUE(eventually([&] {
    c.poll(10, 100ms);
    return !c.assignment().empty();
  }));
  c.pause(p);
  send_numbers(topic, 20);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(c.poll(10, 200ms).empty());
  }
  c.resume(p);
  copies got;
  ASSERT_TRUE(eventually([&] {
    keep(got, c.poll(10, 200ms));
    return count_of(got) == 20;
  }));
  EXPECT_EQ(got[p].front().offset, 0);
}

TEST_F(consuming, positions_are_copied_for_lag_tools) {
  const auto topic = make_topic(1);
  const auto group = unique_name("group");
  send_numbers(topic, 10);
  {
    consumer c(kafka_, group, {topic}, calls());
    copies got;
    ASSERT_TRUE(eventually([&] {
      keep(got, c.poll(10, 100ms));
      return count_of(got) == 10;
    }));
    c.commit_copy({topic, 0}, 10);
  }
  EXPECT_TRUE(eventually([&] { return committed_offset(kafka_, group, {topic, 0}) == 10; }));
}

TEST_F(consuming, a_missing_topic_is_an_outage_until_it_is_made) {
  topic_file t;
  t.name = unique_name("late-topic");
  consumer c(kafka_, unique_name("group"), {t.name}, calls());
  std::string hint;
  ASSERT_TRUE(eventually([&] {
    try {
      c.poll(10, 200ms);
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
      hint = e.hint();
    }
    return !hint.empty();
  }));
  EXPECT_NE(hint.find("millrace topics apply"), std::string::npos);
  ASSERT_TRUE(apply_topics(kafka_, {t}).empty());
  send_numbers(t.name, 5);
  copies got;
  EXPECT_TRUE(eventually([&] {
    try {
      keep(got, c.poll(10, 200ms));
    } catch (const outage&) {
    }
    return count_of(got) == 5;
  }));
  admin(kafka_).remove(t.name);
}

TEST_F(consuming, a_cluster_that_is_away_is_an_outage_and_its_return_is_noticed) {
  mock_cluster kafka;
  rd_kafka_mock_topic_create(kafka.get(), "t", 1, 1);
  consumer c(kafka.settings(), "group", {"t"}, calls());
  ASSERT_TRUE(eventually([&] {
    c.poll(10, 100ms);
    return !c.assignment().empty();
  }));
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  const auto is_away = [&] {
    try {
      c.poll(10, 100ms);
      return false;
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
      return true;
    }
  };
  EXPECT_TRUE(eventually(is_away));
  EXPECT_TRUE(is_away()) << "while it stays so";
  rd_kafka_mock_broker_set_up(kafka.get(), 1);
  EXPECT_TRUE(eventually([&] { return !is_away(); }));
}

TEST_F(consuming, a_reader_reads_a_range_and_finds_times) {
  const auto topic = make_topic(1);
  send_numbers(topic, 50);
  const partition_id p{topic, 0};
  reader r(kafka_);
  EXPECT_EQ(r.partitions(topic, 10s), 1);
  EXPECT_EQ(r.watermarks(p, 10s).next, 50);
  std::vector<std::int64_t> offsets;
  std::int64_t time_of_30 = 0;
  const auto each = [&](const record& one) {
    offsets.push_back(one.offset);
    time_of_30 = one.offset == 30 ? one.timestamp_ms : time_of_30;
    return true;
  };
  r.read(p, 30, 33, each);
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{30, 31, 32}));
  offsets.clear();
  r.read(p, 48, 1'000, each);
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{48, 49}));
  offsets.clear();
  r.read(p, 50, 60, each);
  EXPECT_TRUE(offsets.empty());
  r.read(p, 0, 50, [&](const record& one) {
    offsets.push_back(one.offset);
    return offsets.size() < 2;
  });
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 1})) << "stops when told";
  EXPECT_LE(r.offset_at(p, time_of_30, 10s), 30);
  EXPECT_EQ(r.offset_at(p, time_of_30 + 3'600'000, 10s), 50) << "after the last: the end";
  EXPECT_THROW(r.partitions("no-such-topic", 10s), outage);
  EXPECT_THROW(r.watermarks({"no-such-topic", 0}, 5s), outage);
}

} // namespace
} // namespace millrace::kafka
