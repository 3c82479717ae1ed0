#include "demo_files.hpp"

#include "admin_file.hpp"
#include "expected_rows.hpp"
#include "gateway.hpp"
#include "provider/examples.hpp"
#include "story_file.hpp"
#include "tail_command.hpp"

#include <gtest/gtest.h>

#include <set>

namespace millrace::cli {
namespace {

void none(const std::vector<fault>& faults) {
  for (const fault& f : faults)
    ADD_FAILURE() << f.text();
}

TEST(demo, its_files_are_well_and_its_examples_are_there) {
  std::vector<fault> faults;
  const auto story = demo_file("story.json"), expected = demo_file("expected.json"), reference = demo_file("reference.json"), rules = demo_file("rules.json");
  ASSERT_TRUE(story && expected && reference && rules);
  EXPECT_FALSE(read_expected_rows(*expected, faults).empty());
  admin_findings found;
  EXPECT_FALSE(read_admin_file(*reference, "", catalogue::embedded(faults), found).empty());
  EXPECT_FALSE(read_admin_file(*rules, "", catalogue::embedded(faults), found).empty());
  none(found.faults);
  none(found.warnings);
  std::set<std::string> known, told;
  for (const example& e : embedded_examples(faults))
    known.insert(e.id());
  for (const story_step& s : read_story(*story, faults)) {
    if (s.send.empty())
      continue;
    EXPECT_TRUE(known.contains(s.send)) << s.send;
    told.insert(s.send.substr(0, s.send.find('/')));
  }
  EXPECT_EQ(told, (std::set<std::string>{"aloware", "ghl", "leads", "mailgun", "sendgrid", "texting", "twilio", "verity"}));
  none(faults);
}

TEST(story, a_step_that_nobody_understands_is_a_fault) {
  std::vector<fault> faults;
  const auto f = json::file::read("s.json", R"({"steps": [{"sent": "ghl/x"}, {"send": "a/b", "admin": "c"}]})");
  read_story(*f, faults);
  EXPECT_EQ(faults.size(), 3U);
}

TEST(expected_rows, become_sql_that_compares_texts) {
  std::vector<fault> faults;
  const auto f = json::file::read("e.json", R"({"expected": [{"table": "crm.t", "where": {"a": "it's", "b": null, "n": 7}, "rows": 2}, {"table": "t"}]})");
  const auto all = read_expected_rows(*f, faults);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(faults.size(), 1U);
  EXPECT_EQ(all[0].sql(), R"(select count(*) from "crm"."t" where "a"::text = 'it''s' and "b" is null and "n"::text = '7')");
  EXPECT_TRUE(all[0].met_by(2));
  EXPECT_FALSE(all[0].met_by(3));
}

TEST(gateway_answer, names_events_durability_and_problems) {
  http::response r;
  r.status = 200;
  r.headers = {{"Content-Type", "application/json"}, {"Millrace-Durability", "kafka"}, {"Millrace-Request-Id", "r1"}};
  r.body = R"({"events":["a","b"]})";
  const gateway_answer good = read_answer(r);
  EXPECT_TRUE(good.accepted());
  EXPECT_EQ(good.event_ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(good.durability, "kafka");
  r.status = 503;
  r.headers = {{"Content-Type", "application/problem+json"}, {"Retry-After", "5"}};
  r.body = R"({"code":"unavailable","detail":"Try again."})";
  const gateway_answer bad = read_answer(r);
  EXPECT_FALSE(bad.accepted());
  EXPECT_TRUE(bad.come_back());
  EXPECT_EQ(bad.retry_after_s, 5);
  EXPECT_EQ(bad.code, "unavailable");
}

TEST(gateway_answer, a_target_is_path_and_query) {
  EXPECT_EQ(target_of("https://h:1/webhooks/a/b?c=d"), "/webhooks/a/b?c=d");
  EXPECT_EQ(target_of("http://h"), "/");
}

TEST(tail, understands_times_and_ages) {
  const instant now{1'795'200'000 * second_us};
  EXPECT_EQ(read_time("10m", now)->us, now.us - 600 * second_us);
  EXPECT_EQ(*read_time("2026-11-20", now), *parse_rfc3339("2026-11-20T00:00:00Z"));
  EXPECT_EQ(*read_time("2026-11-20 18:00", now), *parse_rfc3339("2026-11-20T18:00:00Z"));
  EXPECT_FALSE(read_time("soon", now));
  EXPECT_FALSE(read_time("-5m", now));
}

} // namespace
} // namespace millrace::cli
