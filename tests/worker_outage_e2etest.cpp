// Kafka dies while workers call, and comes back: a call is not answered as if it were taken, and nothing is final; its repeat, the same
// bytes, gets the answer of its kind, and only then is it a replay. What was asked meanwhile is one event, and nothing is lost. Restarts
// the Kafka of $MILLRACE_RUN_DIR, so nothing else may run on it.
#include "leads_line.hpp"

#include "core/format.hpp"
#include "json/document.hpp"
#include "own_servers.hpp"

#include <vector>

using namespace millrace;
using namespace millrace::proof;

namespace {

struct worker_outage : leads_line {
  void TearDown() override {
    servers("start"); // the next test needs them
    leads_line::TearDown();
  }
  void start() {
    for (const auto* name : {"gateway", "contact-sync"})
      ASSERT_TRUE(programs.at(name)->start()) << name;
    ASSERT_EQ(give_a_key(), 200);
    ASSERT_NO_FATAL_FAILURE(bind_leads());
    for (int job = 1; job <= 3; ++job)
      ASSERT_EQ(act("job.created", format(R"({{"job_id":{},"query":"dentist"}})", job)), 200);
    ASSERT_TRUE(until(still_most, [&] { return number("select count(*) from gateway.open_jobs") == 3 && programs.at("gateway")->sum_of("millrace_open_jobs_ok") == 1.0; }));
    ASSERT_TRUE(until(still_most, [&] { return ask({.name = "heartbeat", .body = "{}"}) == 200; }));
  }

  std::int64_t nonces(const call& c, const char* state) {
    return number(format("select count(*) from gateway.hmac_replay where nonce = '{}' and state = '{}'", c.nonce, state));
  }
  // As the profile says: come again, and when.
  void expect_come_again(const call& c) {
    const auto r = answer_to(c);
    ASSERT_TRUE(r) << c.name << ": the gateway lives, and has to answer";
    EXPECT_EQ(r->status, 503) << c.name << ": " << r->body;
    EXPECT_TRUE(at(*r, "/code") == "unavailable" || at(*r, "/code") == "overloaded") << r->body;
    EXPECT_NE(r->header("retry-after"), "") << c.name;
  }
  // Until there is an answer that is not to come again.
  http::response real_answer(const call& c) {
    std::optional<http::response> r;
    EXPECT_TRUE(until(still_most, [&] {
      r = answer_to(c);
      return r && r->status != 503;
    })) << c.name;
    return r.value_or(http::response{});
  }
};

} // namespace

TEST_F(worker_outage, a_call_while_kafka_is_away_is_answered_when_it_is_back_and_is_one_event) {
  ASSERT_NO_FATAL_FAILURE(start());
  const call before{.name = "report_results", .body = R"({"job_id":9,"items":[{"phone":"0501234560"}]})"};
  EXPECT_EQ(ask(before), 200);

  ASSERT_NO_FATAL_FAILURE(servers("kill kafka"));
  const std::vector<call> calls = {{.name = "pull_job", .body = R"({"lease_sec":600})"}, // first, while what is known of jobs is fresh
                                   {.name = "heartbeat", .body = R"({"status":"idle","n":1})"},
                                   {.name = "report_results", .body = R"({"job_id":9,"items":[{"phone":"0501234567"}],"done":true})"}};
  for (int times = 0; times < 2; ++times) // the repeat of a call that waits is the same call
    for (const auto& c : calls) {
      expect_come_again(c);
      EXPECT_EQ(nonces(c, "reserved"), 1) << c.name;
    }
  EXPECT_EQ(ask(before), 409) << "what was taken before is a replay, with or without Kafka";
  EXPECT_EQ(number("select count(*) from gateway.job_grants"), 1) << "one job is kept for the one call";
  EXPECT_TRUE(programs.at("gateway")->alive());

  ASSERT_NO_FATAL_FAILURE(servers("start kafka"));
  for (const auto& c : calls) {
    const auto first = real_answer(c);
    EXPECT_EQ(first.status, 200) << c.name << ": " << first.body;
    EXPECT_EQ(nonces(c, "accepted"), 1) << c.name;
    const auto again = answer_to(c);
    ASSERT_TRUE(again);
    if (c.name == "report_results") {
      EXPECT_EQ(at(*again, "/code"), "replay_detected");
    } else {
      EXPECT_EQ(again->body, first.body) << c.name;
    }
    if (c.name == "pull_job") {
      EXPECT_NE(at(first, "/job/id"), "");
      EXPECT_EQ(number("select count(*) from gateway.job_grants where state = 'published' and attempt_id = " + postgres::quote_literal(at(first, "/attempt_id"))), 1);
    }
  }
  EXPECT_TRUE(until(still_most, [&] { return programs.at("gateway")->is_ready() && programs.at("contact-sync")->is_ready(); }));
  const call last{.name = "heartbeat", .body = R"({"status":"idle","n":2})"};
  EXPECT_EQ(real_answer(last).status, 200);

  ASSERT_TRUE(until(still_most, [&] { return rows_of("heartbeat") >= 3 && rows_of("report_results") >= 2 && rows_of("pull_job") >= 1 && rows_of("job.claimed") >= 1; }));
  EXPECT_EQ(number("select count(*) from contact_sync.raw_events where status <> 'done'"), 0);
  EXPECT_EQ(rows_of("heartbeat"), 3);
  EXPECT_EQ(rows_of("report_results"), 2);
  EXPECT_EQ(rows_of("pull_job"), 1);
  EXPECT_EQ(rows_of("job.claimed"), 1);
  EXPECT_TRUE(until(still_most, [&] { return number("select count(*) from contact_sync.lead_rows") == 2; }));
  EXPECT_EQ(number("select count(*) from leads.internal_jobs where status = 'processing'"), 1);
}
