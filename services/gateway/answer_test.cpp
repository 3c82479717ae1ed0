#include "answer.hpp"
#include "directory.hpp"
#include "request_id.hpp"
#include "shedding.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace millrace::gateway {
namespace {

using namespace std::chrono_literals;

TEST(answer, every_one_has_a_code_and_every_problem_its_page) {
  std::set<std::string_view> codes;
  for (std::size_t i = 0; i < answer_count; ++i) {
    answer a = static_cast<answer>(i);
    EXPECT_TRUE(codes.insert(code_of(a)).second) << code_of(a);
    EXPECT_GE(status_of(a, default_answers()), 200);
    auto page = std::filesystem::path(MILLRACE_SOURCE_DIR) / "docs/problems" / (std::string(code_of(a)) + ".md");
    EXPECT_EQ(std::filesystem::exists(page), is_problem(a)) << page;
  }
}

TEST(answer, our_own_trouble_is_answered_as_the_profile_says) {
  answers never_final;
  never_final.overloaded = never_final.unavailable = never_final.unknown_source_young = 429;
  for (answer a : {answer::overloaded, answer::unavailable, answer::unknown_source_young, answer::fault_of_ours, answer::over_rate})
    EXPECT_EQ(status_of(a, never_final), 429) << code_of(a);
}

TEST(answer, each_reason_of_a_refused_signature_has_its_own_hint) {
  std::set<std::string_view> hints;
  for (std::string_view reason : {"stale", "missing", "doubled_header", "bad_encoding", "no_key", "address", "path", "mismatch"})
    EXPECT_TRUE(hints.insert(hint_of(reason)).second) << reason;
}

TEST(rate_limit, lets_a_second_s_worth_through_and_then_one_by_one) {
  rate_limit limit;
  auto now = std::chrono::steady_clock::now();
  int allowed = 0;
  for (int i = 0; i < 30; ++i)
    allowed += limit.allow(10, now);
  EXPECT_EQ(allowed, 10);
  EXPECT_FALSE(limit.allow(10, now + 50ms));
  EXPECT_TRUE(limit.allow(10, now + 150ms));
  EXPECT_FALSE(limit.allow(10, now + 160ms));
}

TEST(shedding, is_an_episode_with_a_beginning_and_an_end) {
  shedding sheds;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(sheds.state(now), "nothing is shed");
  EXPECT_TRUE(sheds.shed("buffers", now));
  EXPECT_FALSE(sheds.shed("in_flight", now + 5s));
  EXPECT_TRUE(sheds.state(now + 7s).starts_with("shedding for 7 s: 2 requests, the last for in_flight; look at ")) << sheds.state(now + 7s);
  EXPECT_FALSE(sheds.look(now + 14s));
  EXPECT_TRUE(sheds.look(now + 15s));
  EXPECT_FALSE(sheds.look(now + 16s));
  EXPECT_EQ(sheds.state(now + 16s), "nothing is shed");
  EXPECT_TRUE(sheds.shed("buffers", now + 20s));
}

TEST(request_ids, count_up_behind_a_random_prefix) {
  request_ids one, other;
  std::string first = one.next(), second = one.next();
  EXPECT_EQ(first.substr(12), "-00000001");
  EXPECT_EQ(second.substr(12), "-00000002");
  EXPECT_NE(first.substr(0, 12), other.next().substr(0, 12));
}

} // namespace
} // namespace millrace::gateway
