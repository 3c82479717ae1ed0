// Scenario 19 of docs/domains/leads.md as it happens: the gateway is killed when Kafka has a worker's report and before that is noted.
#include "leads_line.hpp"

#include <future>

using namespace millrace;
using proof::until;

namespace {

struct killed_gateway : proof::leads_line {
  void start_gateway() {
    ASSERT_TRUE(programs["gateway"]->start());
    ASSERT_TRUE(until(proof::still_most, [&] { return programs["gateway"]->is_ready(); }));
  }
};

} // namespace

TEST_F(killed_gateway, a_report_that_kafka_has_and_nobody_noted_is_taken_once_and_then_a_replay) {
  start_gateway();
  ASSERT_EQ(give_a_key(), 200);
  ASSERT_TRUE(until(proof::still_most, [&] { return ask({.name = "heartbeat", .body = "{}"}) == 200; }));

  // To be noted a call must have this lock, which is ours: whoever waits for it has Kafka's acknowledgement.
  sql->script("create function wait_for_the_test() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(19); return new; end $$;"
              "create trigger wait before update on gateway.hmac_replay for each row when (new.state = 'accepted') execute function wait_for_the_test()");
  sql->query("select pg_advisory_lock(19)");
  const call report{.name = "report_results", .body = R"({"job_id":7,"items":[{"phone":"0501234567"}],"done":true})"};
  auto first = std::async(std::launch::async, [&] { return ask(report); });
  ASSERT_TRUE(until(proof::still_most, [&] { return number("select count(*) from pg_locks where locktype = 'advisory' and objid = 19 and not granted") == 1; }));
  programs["gateway"]->kill();
  EXPECT_EQ(first.get(), 0) << "nobody answers any more";
  sql->query("select pg_advisory_unlock(19)");
  sql->script("drop trigger wait on gateway.hmac_replay");
  EXPECT_EQ(number("select count(*) from gateway.hmac_replay where path = '/report_results' and state = 'reserved'"), 1);

  start_gateway();
  EXPECT_EQ(ask(report), 200);
  EXPECT_EQ(ask(report), 409);
  ASSERT_TRUE(programs["contact-sync"]->start());
  ASSERT_TRUE(until(proof::still_most, [&] { return number("select coalesce(sum(duplicate), 0) from contact_sync.applied where topic = 'raw.leads'") >= 1; }))
      << "it was published twice, as one event";
  EXPECT_EQ(number("select count(*) from contact_sync.raw_events where event_type = 'report_results' and account = " + postgres::quote_literal("leads:" + account)), 1);
}
