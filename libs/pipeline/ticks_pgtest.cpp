// record's part of time on real Postgres: ticks in any order, late, doubled, from wrong clocks; the service's now is that of the
// greatest that counts, in the batch's own transaction, and the balance holds.
#include "core/failure.hpp"
#include "pipeline/record.hpp"
#include "pipeline/ticks.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace millrace;

namespace {

using lines = std::vector<std::string>;

constexpr instant noon{1'780'000'020'000'000};
instant at(std::int64_t s) { return {noon.us + s * second_us}; }

const fold::graph& nothing() {
  static const fold::graph g{.functions = {}, .triggers = {}, .tables = {}};
  return g;
}

struct told {
  std::int64_t minute_s, appended_s;
};

struct ticks : ::testing::Test {
  trial::toy_line line{nothing(), ""};
  pipeline::service service = [this] {
    auto s = line.service();
    s.topics.resize(1);
    s.topics[0].name = "clock";
    return s;
  }();
  std::int64_t next = 0;

  void read(const std::vector<told>& batch, const std::string& crash = {}, pipeline::time_of_reading time = pipeline::time_of_reading::first) {
    std::vector<event> events;
    for (const auto& t : batch)
      events.push_back(pipeline::make_tick(at(t.minute_s), at(t.minute_s)));
    std::vector<kafka::record> records;
    for (std::size_t n = 0; n < batch.size(); ++n) {
      kafka::record r;
      r.topic = "clock";
      r.offset = next + static_cast<std::int64_t>(n);
      r.timestamp_ms = at(batch[n].appended_s).us / 1000;
      r.key = events[n].partition_key;
      r.value = events[n].body;
      r.headers = encode_headers(events[n]);
      records.push_back(std::move(r));
    }
    pipeline::recorder recorder(service, "cluster", time);
    recorder.open_partition(line.sql(), {"clock", 0}, 0);
    recorder.at_point = [&](std::string_view point) {
      if (point == crash)
        throw outage("crash", true, "");
    };
    recorder.store(line.sql(), records);
    next += static_cast<std::int64_t>(batch.size());
  }
  lines now() { return line.rows("select extract(epoch from at)::bigint - " + std::to_string(noon.us / second_us) + " from toy.now"); }
  lines balance() { return line.rows("select next_offset, applied, ignored, duplicate, error, stuck from toy.applied"); }
};

} // namespace

TEST_F(ticks, raise_now_and_nothing_else_is_kept_of_them) {
  read({{0, 10}, {60, 75}});
  EXPECT_EQ(now(), lines{"60"});
  EXPECT_EQ(balance(), lines{"2|2|0|0|0|0"});
  EXPECT_EQ(line.rows("select count(*) from toy.seen"), lines{"0"});
  EXPECT_EQ(line.rows("select count(*) from toy.raw_events"), lines{"0"});
}

TEST_F(ticks, that_are_late_doubled_or_of_wrong_clocks_do_no_harm) {
  read({{0, 10}});
  read({{0, 20}, {-60, 30}});    // doubled by another instance; from a slow clock
  EXPECT_EQ(now(), lines{"0"});
  read({{600, 40}, {-6000, 41}}); // wrong by far
  EXPECT_EQ(now(), lines{"0"});
  read({{120, 61}});              // fast by a minute: it is one past noon
  EXPECT_EQ(now(), lines{"61"});
  read({{60, 300}});              // the publisher hung
  EXPECT_EQ(now(), lines{"61"});
  read({{660, 665}});             // ten were missing
  EXPECT_EQ(now(), lines{"660"});
  EXPECT_EQ(balance(), lines{"8|5|3|0|0|0"});
}

// Said first by a clock that runs ahead, and not believed, a minute still counts when it comes.
TEST_F(ticks, of_a_minute_that_was_said_too_early_count_when_it_is_there) {
  read({{300, 0}});
  EXPECT_EQ(now(), lines());
  read({{300, 305}});
  EXPECT_EQ(now(), lines{"300"});
}

TEST_F(ticks, count_with_their_batch_or_not_at_all) {
  read({{0, 1}});
  for (const std::string crash : {"seen", "facts", "before_commit"}) {
    EXPECT_THROW(read({{60, 61}}, crash), outage) << crash;
    EXPECT_EQ(now(), lines{"0"}) << crash;
  }
  read({{60, 61}});
  EXPECT_EQ(now(), lines{"60"});
  EXPECT_EQ(balance(), lines{"2|2|0|0|0|0"});
}

TEST_F(ticks, wake_the_deriver_only_when_time_goes_on) {
  postgres::connection waiting(line.service().postgres, "test");
  waiting.wait_notification(pipeline::bell(service), std::chrono::milliseconds(0));
  read({{0, 1}});
  EXPECT_TRUE(waiting.wait_notification(pipeline::bell(service), std::chrono::seconds(10)));
  read({{0, 2}});
  read({{60, 61}});
  EXPECT_TRUE(waiting.wait_notification(pipeline::bell(service), std::chrono::seconds(10)));
  EXPECT_FALSE(waiting.wait_notification(pipeline::bell(service), std::chrono::milliseconds(0)));
}

TEST_F(ticks, in_any_order_and_any_batches_come_to_one_time) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<told> all;
    std::optional<std::int64_t> expected;
    for (auto n = 1 + random() % 12; n > 0; --n) {
      const auto minute = static_cast<std::int64_t>(random() % 10) * 60;
      const told t{minute, minute + static_cast<std::int64_t>(random() % 360) - 180};
      all.push_back(t);
      if (std::abs(t.minute_s - t.appended_s) <= 120)
        expected = std::max(expected.value_or(-1000), std::min(t.minute_s, t.appended_s));
    }
    line.sql().script("delete from toy.now; delete from toy.applied");
    next = 0;
    std::shuffle(all.begin(), all.end(), random);
    for (std::size_t from = 0; from < all.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 4, all.size() - from);
      read({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(from + size)});
      from += size;
    }
    EXPECT_EQ(now(), expected ? lines{std::to_string(*expected)} : lines()) << "seed " << seed;
  }
}
