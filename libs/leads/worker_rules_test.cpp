// What lets a worker in: the rule of its secrets, and the settings of a project.
#include "leads/dispatch_settings.hpp"
#include "leads/worker_secret.hpp"

#include <gtest/gtest.h>

#include <map>

namespace millrace::leads {
namespace {

fold::fact said(int second, const std::string& act, const std::string& key_id, const std::string& sealed = {}) {
  fold::fact f;
  f.kind = "worker_secret";
  f.key = "w1";
  f.at = stamp::make({1'795'200'000 * second_us + second * second_us}, false, act + key_id, f.kind, f.key, 0);
  f.fields = {{"act", {act}}, {"key_id", {key_id}}, {"sealed", {sealed}}};
  return f;
}

std::string text_of(const worker_secrets& s) {
  return (s.current ? s.current->key_id : "-") + " " + (s.rotating_to ? s.rotating_to->key_id : "-");
}

TEST(worker_secret, a_next_key_counts_beside_the_first_until_it_takes_its_place) {
  std::vector<fold::fact> facts = {said(1, "set", "a", "A")};
  EXPECT_EQ(text_of(secrets_of(facts)), "a -");
  facts.push_back(said(2, "rotating", "b", "B"));
  EXPECT_EQ(text_of(secrets_of(facts)), "a b");
  facts.push_back(said(3, "promoted", "c"));
  EXPECT_EQ(text_of(secrets_of(facts)), "a b") << "another key's promotion";
  facts.push_back(said(4, "promoted", "b"));
  EXPECT_EQ(text_of(secrets_of(facts)), "b -");
  EXPECT_EQ(secrets_of(facts).current->sealed, "B");
  EXPECT_EQ(secrets_of(facts).rotated, facts.back().time());
  facts.push_back(said(5, "promoted", "b"));
  EXPECT_EQ(text_of(secrets_of(facts)), "b -");
  facts.push_back(said(6, "rotating", "d", "D"));
  facts.push_back(said(7, "set", "e", "E"));
  EXPECT_EQ(text_of(secrets_of(facts)), "e -") << "a new key ends a rotation";
  facts.push_back(said(8, "cleared", ""));
  EXPECT_EQ(text_of(secrets_of(facts)), "- -");
  EXPECT_EQ(text_of(secrets_of({})), "- -");
}

dispatch_settings settings(const std::map<std::string, std::string, std::less<>>& values) {
  return read_dispatch_settings([&](std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(dispatch_settings, a_pause_may_go_over_midnight) {
  const auto night = settings({{"pause_from", "23:59"}, {"pause_to", "09:00"}});
  EXPECT_TRUE(night.pauses(23 * 60 + 59));
  EXPECT_TRUE(night.pauses(0));
  EXPECT_TRUE(night.pauses(9 * 60 - 1));
  EXPECT_FALSE(night.pauses(9 * 60));
  const auto lunch = settings({{"pause_from", "12:00"}, {"pause_to", "13:00"}});
  EXPECT_FALSE(lunch.pauses(11 * 60 + 59));
  EXPECT_TRUE(lunch.pauses(12 * 60));
  EXPECT_FALSE(lunch.pauses(13 * 60));
  EXPECT_FALSE(settings({{"pause_from", "12:00"}}).pauses(12 * 60));
  EXPECT_FALSE(settings({{"pause_from", "12:00"}, {"pause_to", "12:00"}}).pauses(12 * 60));
}

TEST(dispatch_settings, what_is_no_value_is_as_if_never_said) {
  const dispatch_settings plain;
  const auto odd = settings({{"internal_server_enabled", "maybe"}, {"worker_rate_limit_per_min", "0"}, {"lease_sec_default", "x"}, {"pick_order", "best"}, {"pause_from", "24:00"}});
  EXPECT_EQ(odd.enabled, plain.enabled);
  EXPECT_EQ(odd.calls_per_min, plain.calls_per_min);
  EXPECT_EQ(odd.lease_s, plain.lease_s);
  EXPECT_EQ(odd.pick, plain.pick);
  EXPECT_FALSE(odd.pause_from);
  EXPECT_EQ(settings({{"lease_sec_default", "7"}}).lease_s, 30);
  EXPECT_FALSE(settings({{"internal_server_enabled", "false"}}).enabled);
  for (const auto& [name, bad] : {std::pair{"pick_order", "best"}, {"pause_to", "9:00"}, {"worker_rate_limit_per_min", "many"}, {"system_stop", "perhaps"}})
    EXPECT_TRUE(dispatch_setting_fault(name, bad)) << name;
  for (const auto& [name, good] : {std::pair{"pick_order", "rr_agent"}, {"pause_to", "09:00"}, {"worker_rate_limit_per_min", "60"}, {"system_stop", "true"}})
    EXPECT_FALSE(dispatch_setting_fault(name, good)) << name;
}

} // namespace
} // namespace millrace::leads
