#include "pipeline/interpret.hpp"
#include "pipeline/ticks.hpp"
#include "provider/profile.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

constexpr instant noon{1'780'000'020'000'000}; // a whole minute
instant later(std::int64_t s) { return {noon.us + s * second_us}; }
std::optional<instant> counts(std::int64_t minute_s, std::int64_t appended_s) { return time_of_tick(make_tick(later(minute_s), later(7)), later(appended_s)); }

interpreted read(const event& e, std::string_view topic, instant appended) {
  static std::vector<fault> faults;
  static const auto profiles = catalogue::embedded(faults);
  service s;
  s.profiles = &profiles;
  const auto headers = encode_headers(e);
  kafka::record r;
  r.topic = topic;
  r.timestamp_ms = appended.us / 1000;
  r.key = e.partition_key;
  r.value = e.body;
  r.headers = headers;
  return interpret(s, r);
}

} // namespace

TEST(ticks, a_minute_begins_where_it_begins) {
  const auto minute_of = [](instant t) { return moment_of(t, 60 * second_us); };
  EXPECT_EQ(minute_of(noon), noon);
  EXPECT_EQ(minute_of(later(59)), noon);
  EXPECT_EQ(minute_of({noon.us - 1}), later(-60));
  EXPECT_EQ(minute_of({-1}), instant{-60 * second_us});
}

TEST(ticks, count_for_the_lesser_of_what_they_say_and_when_they_came) {
  EXPECT_EQ(counts(0, 20), noon);
  EXPECT_EQ(counts(60, 0), noon); // a fast clock
  EXPECT_EQ(counts(0, 120), noon);
  EXPECT_EQ(counts(120, 0), noon);
}

TEST(ticks, of_a_clock_that_is_wrong_count_for_nothing) {
  EXPECT_EQ(counts(0, 121), std::nullopt);
  EXPECT_EQ(counts(121, 0), std::nullopt);
  EXPECT_EQ(counts(-400'000'000, 0), std::nullopt);
}

TEST(ticks, are_records_like_all_others_and_all_publishers_say_the_same_minute_alike) {
  const auto one = make_tick(noon, later(3)), other = make_tick(noon, later(44));
  EXPECT_EQ(one.dedupe_key, other.dedupe_key);
  EXPECT_EQ(one.body, other.body);
  const auto read_one = read(one, "clock", later(5));
  EXPECT_TRUE(read_one.is_tick);
  EXPECT_EQ(read_one.ends, outcome::applied);
  EXPECT_EQ(read_one.tick, noon);
  EXPECT_EQ(read(one, "clock", later(200)).ends, outcome::ignored);
}

// Its append time is whatever the sender says.
TEST(ticks, on_another_topic_are_nothing) {
  const auto elsewhere = read(make_tick(noon, noon), "raw.leads", noon);
  EXPECT_FALSE(elsewhere.is_tick);
  EXPECT_EQ(elsewhere.tick, std::nullopt);
  EXPECT_NE(elsewhere.ends, outcome::applied);
}
