// What the page is told of what was seen.
#include "console/board.hpp"

#include "json/document.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::console;

namespace {

constexpr std::int64_t start = 1'795'190'400'000;

line::shown_event event_of(const std::string& topic, std::int64_t offset, std::int64_t at_ms) {
  line::shown_event e;
  e.topic = topic;
  e.offset = offset;
  e.timestamp_ms = at_ms;
  e.provider = topic.substr(4);
  e.source = "west";
  e.type = e.provider + ".thing";
  e.received = instant{at_ms * 1000};
  e.outcome = "applied";
  return e;
}

tables_of_service tables(std::int64_t next) {
  tables_of_service t;
  t.status.topics["raw.ghl"].next = next;
  t.status.topics["raw.ghl"].outcomes[0] = next;
  t.positions[{"raw.ghl", 0}] = next;
  return t;
}

struct console_board : ::testing::Test {
  console_board() : b({{"gateway", {}, {}}, {"contact-sync", {"raw.ghl"}, {{"raw.ghl", "webhook_events"}}}}, 10) {
    b.kafka_is("", {{{"raw.ghl", 0}, 7}, {{"raw.other", 0}, 99}}, start);
    b.tables_are({{"contact-sync", tables(5)}}, start);
    for (const char* name : {"gateway", "contact-sync"})
      b.service_is(name, scraped{}, "", start);
  }
  std::string state(const std::string& pointer, std::int64_t at = start) {
    const auto text = b.state_json(at);
    const auto d = json::parse(text);
    EXPECT_TRUE(d) << text;
    const auto v = d->root().at(pointer);
    return v ? std::string(v->is(json::kind::string) ? v->text() : v->source()) : "nothing at " + pointer + " of " + text;
  }
  board b;
};

} // namespace

TEST_F(console_board, what_is_in_kafka_and_not_in_the_tables_waits_since_it_came) {
  b.event_came(event_of("raw.ghl", 4, start - 9'000), start);
  b.event_came(event_of("raw.ghl", 5, start - 2'000), start);
  b.event_came(event_of("raw.ghl", 6, start - 1'000), start);
  const auto s = b.measured(start).services[1];
  EXPECT_EQ(s.lag, 2);
  EXPECT_DOUBLE_EQ(s.oldest_event_s, 2);
  EXPECT_EQ(state("/services/1/topics/raw.ghl/waits"), "2");
  EXPECT_EQ(state("/services/1/read"), "5");
}

TEST_F(console_board, a_service_that_never_read_is_not_behind) {
  b.tables_are({{"contact-sync", tables_of_service{}}}, start);
  EXPECT_EQ(b.measured(start).services[1].lag, 0);
}

TEST_F(console_board, since_when_somebody_is_away_is_remembered) {
  b.service_is("contact-sync", std::nullopt, "refused", start + 1'000);
  b.service_is("contact-sync", std::nullopt, "refused", start + 5'000);
  EXPECT_EQ(b.measured(start + 5'000).services[1].answers.since_ms, start + 1'000);
  EXPECT_EQ(state("/verdict/level", start + 5'000), "bad");
  b.service_is("contact-sync", scraped{}, "", start + 6'000);
  EXPECT_EQ(state("/verdict/level", start + 6'000), "good");
}

TEST_F(console_board, a_postgres_that_is_silent_does_not_answer) {
  EXPECT_TRUE(b.measured(start + 5'000).postgres.yes);
  const auto m = b.measured(start + 7'000);
  EXPECT_FALSE(m.postgres.yes);
  EXPECT_EQ(m.postgres.since_ms, start);
}

TEST_F(console_board, without_kafka_and_postgres_the_state_is_still_told) {
  b.kafka_is("no broker", {}, start);
  b.postgres_is("refused", start);
  EXPECT_EQ(state("/kafka/ok"), "false");
  EXPECT_EQ(state("/postgres/why"), "refused");
  EXPECT_EQ(state("/verdict/findings/1/node"), "postgres");
}

TEST_F(console_board, sources_are_those_of_the_gateway_with_their_last_event) {
  scraped s;
  s.all = read_series("millrace_requests_total{source=\"ghl/west\",answer=\"accepted\",reason=\"\"} 3\n"
                      "millrace_requests_total{source=\"ghl/west\",answer=\"bad_signature\",reason=\"mismatch\"} 2\n"
                      "millrace_verifications_total{source=\"ghl/west\",scheme=\"x\",key=\"k1\",verdict=\"yes\"} 3\n",
                      {"millrace_requests_total", "millrace_verifications_total"});
  b.service_is("gateway", s, "", start);
  b.event_came(event_of("raw.ghl", 5, start - 4'000), start);
  EXPECT_EQ(state("/sources/0/name"), "ghl/west");
  EXPECT_EQ(state("/sources/0/accepted"), "3");
  EXPECT_EQ(state("/sources/0/refused/bad_signature: mismatch"), "2");
  EXPECT_EQ(state("/sources/0/keys/k1"), "3");
  EXPECT_EQ(state("/sources/0/last_ms"), std::to_string(start - 4'000));
}

TEST_F(console_board, text_of_senders_is_text_in_json) {
  auto e = event_of("raw.ghl", 5, start);
  e.subject = "</script><script>alert(1)</script>\"\n";
  e.payload = R"({"x":"<script>"})";
  b.event_came(e, start);
  const auto list = b.events_json(0);
  const auto d = json::parse(list.json);
  ASSERT_TRUE(d) << list.json;
  EXPECT_EQ(d->root().at("/0/subject")->text(), e.subject);
  const auto whole = b.event_json(1);
  ASSERT_TRUE(whole);
  const auto w = json::parse(*whole);
  ASSERT_TRUE(w) << *whole;
  EXPECT_EQ(w->root().at("/request/payload")->text(), e.payload);
  EXPECT_FALSE(b.event_json(2));
}

TEST_F(console_board, milliseconds_to_row_are_told_in_the_middle_and_at_the_end) {
  for (int i = 0; i < 3; ++i) {
    b.event_came(event_of("raw.ghl", 5 + i, start), start);
    event_rows rows;
    rows.services["contact-sync"].outcome = "applied";
    rows.raw = {"crm.webhook_events", "done", instant{(start + 10 * (i + 1)) * 1000}};
    b.rows_are(static_cast<std::uint64_t>(i + 1), rows, true);
  }
  EXPECT_EQ(state("/services/1/p50_ms"), "20");
  EXPECT_EQ(state("/services/1/p99_ms"), "30");
  EXPECT_EQ(state("/services/0/p50_ms"), "null") << "it owns no raw table";
}

TEST_F(console_board, a_freshness_line_has_a_gap_where_the_service_was_away) {
  b.sample(start);
  b.service_is("contact-sync", std::nullopt, "refused", start);
  b.sample(start + board::sample_ms);
  EXPECT_EQ(state("/services/1/fresh"), "[0,null]");
}
