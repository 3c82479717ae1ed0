// How the line stands, told in one sentence.
#include "console/verdict.hpp"

#include <gtest/gtest.h>

using namespace millrace::console;

namespace {

constexpr std::int64_t now = 1'795'190'400'000;

service_measure well(std::string name) {
  service_measure s;
  s.name = std::move(name);
  s.answers = {true, "", now - 3'600'000};
  s.has_tables = true;
  s.topics["raw.ghl"] = {10, {7, 1, 1, 1, 0}, 0};
  return s;
}

measurement line() {
  measurement m;
  m.now_ms = now;
  m.kafka = m.postgres = {true, "", now - 3'600'000};
  m.services = {well("gateway"), well("contact-sync")};
  m.events_last_minute = 12;
  m.newest_event_ms = now - 1'000;
  return m;
}

service_measure& contact_sync(measurement& m) { return m.services[1]; }

} // namespace

TEST(verdict, a_line_that_is_well_is_fresh) {
  const auto v = judge(line());
  EXPECT_EQ(v.level, level::good);
  EXPECT_EQ(v.sentence, "Fresh: all 12 events of the last minute are in their tables, none waits.");
  EXPECT_TRUE(v.findings.empty());
}

TEST(verdict, what_waits_for_a_moment_is_told_and_is_well) {
  auto m = line();
  m.waiting_last_minute = 2;
  contact_sync(m).lag = 2;
  contact_sync(m).oldest_event_s = 0.12;
  const auto v = judge(m);
  EXPECT_EQ(v.level, level::good);
  EXPECT_EQ(v.sentence, "Fresh: 10 of 12 events of the last minute are in their tables, the oldest waits 0.1 s.");
}

TEST(verdict, without_events_the_line_is_quiet) {
  auto m = line();
  m.events_last_minute = 0;
  m.newest_event_ms = now - 180'000;
  EXPECT_EQ(judge(m).sentence, "Quiet: no event for 3 min; all that came is in its tables.");
  m.newest_event_ms = 0;
  EXPECT_EQ(judge(m).sentence, "Quiet: no event yet; all that came is in its tables.");
}

TEST(verdict, a_service_that_does_not_answer_is_bad_and_says_what_waits) {
  auto m = line();
  auto& s = contact_sync(m);
  s.answers = {false, "connection refused", now - 12'000};
  s.topics["raw.ghl"].waits = 3;
  s.topics["raw.twilio"].waits = 1;
  s.lag = 4;
  const auto v = judge(m);
  EXPECT_EQ(v.level, level::bad);
  EXPECT_EQ(v.sentence, "contact-sync has not answered for 12 s: 4 events of 2 topics wait.");
  ASSERT_EQ(v.findings.size(), 1u);
  EXPECT_EQ(v.findings[0].node, "contact-sync");
  EXPECT_EQ(v.findings[0].runbook, "MillraceConsumerGone");
  EXPECT_EQ(v.findings[0].command, "ops/look log contact-sync");
}

TEST(verdict, without_the_gateway_webhooks_are_refused) {
  auto m = line();
  m.services[0].answers = {false, "connection refused", now - 1'000};
  EXPECT_EQ(judge(m).sentence, "gateway has not answered for 1.0 s: every webhook is refused.");
}

TEST(verdict, kafka_and_postgres_are_told_once_and_not_by_every_service) {
  auto m = line();
  m.kafka = {false, "no broker", now - 30'000};
  for (auto& s : m.services)
    s.failing = {{"kafka", "away", ""}};
  auto v = judge(m);
  ASSERT_EQ(v.findings.size(), 1u) << v.findings[1].text;
  EXPECT_EQ(v.findings[0].node, "kafka");
  EXPECT_EQ(v.sentence, "Kafka has not answered for 30 s: webhooks are answered \"try again\", tables stand still.");
  m.kafka = {true, "", now};
  m.postgres = {false, "refused", now - 30'000};
  for (auto& s : m.services)
    s.failing = {{"postgres", "away", ""}, {"derive", "away", ""}};
  v = judge(m);
  ASSERT_EQ(v.findings.size(), 1u);
  EXPECT_EQ(v.findings[0].runbook, "MillracePostgresAway");
}

TEST(verdict, a_check_that_fails_while_both_servers_answer_is_the_services_own) {
  auto m = line();
  contact_sync(m).failing = {{"kafka", "raw.ghl partition 0 is stopped", "restore the topic"}};
  const auto v = judge(m);
  EXPECT_EQ(v.level, level::bad);
  EXPECT_EQ(v.sentence, "contact-sync is not ready: kafka: raw.ghl partition 0 is stopped.");
}

TEST(verdict, what_waits_too_long_is_a_warning_then_bad) {
  auto m = line();
  auto& s = contact_sync(m);
  s.lag = 120;
  s.oldest_event_s = 4.9;
  EXPECT_EQ(judge(m).level, level::good);
  s.oldest_event_s = 5;
  EXPECT_EQ(judge(m).level, level::warning);
  EXPECT_EQ(judge(m).sentence, "contact-sync is behind: 120 events wait, the oldest for 5.0 s.");
  s.oldest_event_s = 301;
  EXPECT_EQ(judge(m).level, level::bad);
  s.lag = 0;
  s.marks = 1;
  s.oldest_mark_s = 20;
  EXPECT_EQ(judge(m).findings[0].runbook, "MillraceMarksWait");
}

TEST(verdict, books_that_do_not_balance_are_bad) {
  auto m = line();
  contact_sync(m).topics["raw.ghl"].read = 11;
  const auto v = judge(m);
  EXPECT_EQ(v.level, level::bad);
  EXPECT_EQ(v.findings[0].runbook, "MillraceBalanceBroken");
}

TEST(verdict, the_worst_comes_first_and_the_others_are_counted) {
  auto m = line();
  contact_sync(m).stuck_events = 1;
  m.services.push_back(well("alerting"));
  m.services.back().answers = {false, "", now - 3'000};
  const auto v = judge(m);
  EXPECT_EQ(v.sentence, "alerting has not answered for 3.0 s: its tables stand still; and 1 more.");
  EXPECT_EQ(v.findings[1].text, "contact-sync set 1 event aside because of a bug of ours");
}

TEST(verdict, ages_are_told_as_people_do) {
  EXPECT_EQ(age_text(0.04), "0.0 s");
  EXPECT_EQ(age_text(9.94), "9.9 s");
  EXPECT_EQ(age_text(119), "119 s");
  EXPECT_EQ(age_text(150), "2 min");
  EXPECT_EQ(age_text(7'200), "2 h");
  EXPECT_EQ(age_text(-3), "0.0 s");
}
