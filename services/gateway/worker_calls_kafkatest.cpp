// Lead workers against the gateway whole, in this process, on a real Kafka and a real Postgres: what they are answered, what is
// published, and what a replayed, forged, stale or cross-worker call changes: nothing.
#include "testing_lead_workers.hpp"

namespace millrace::gateway {
namespace {

TEST_F(lead_workers, are_let_in_by_their_own_keys_and_by_nobody_elses) {
  EXPECT_EQ(code(ask(heartbeat())), "401 bad_signature") << "nobody knows it yet";
  two_workers();
  auto beat = heartbeat();
  beat.info = R"({"host":"h1","version":"2"})";
  const auto r = ask(beat);
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.body, R"({"ok":true})");
  auto old = heartbeat();
  old.nonce.clear();
  EXPECT_EQ(ask(old).status, 200) << "the older signature";

  auto forged = heartbeat();
  forged.secret = "a guess";
  EXPECT_EQ(code(ask(forged)), "401 bad_signature");
  for (const int seconds : {-301, 301}) {
    auto stale = heartbeat();
    stale.ts += seconds;
    EXPECT_EQ(code(ask(stale)), "401 bad_signature") << seconds;
  }
  for (const int seconds : {-290, 290}) {
    auto odd_clock = heartbeat();
    odd_clock.ts += seconds;
    EXPECT_EQ(ask(odd_clock).status, 200) << seconds;
  }
  auto short_nonce = heartbeat();
  short_nonce.nonce = "0123456789abcde";
  EXPECT_EQ(code(ask(short_nonce)), "401 bad_signature");

  // A captured call under another worker's id, in both signatures.
  for (const bool v1 : {false, true}) {
    auto captured = heartbeat();
    if (v1)
      captured.nonce.clear();
    auto headers = captured.headers(target(captured.path));
    for (auto& [name, value] : headers)
      if (name == "X-Worker-Id")
        value = "w2";
    EXPECT_EQ(code(send(gate->base(), "POST", target(captured.path), headers, captured.body)), "401 bad_signature");
  }
  EXPECT_EQ(send(gate->base(), "POST", target("/api/heartbeat.php"), {{"Content-Type", "application/json"}, {"X-Worker-Id", "w1"}, {"X-Internal-Secret", "the secret of w1"}, {"X-Worker-Secret", "the secret of w1"}}, "{}").status, 401);
  EXPECT_EQ(send(gate->base(), "POST", target("/nonsense"), {{"Content-Type", "application/json"}}, "{}").status, 404);
  EXPECT_EQ(send(gate->base(), "GET", target("/heartbeat"), {}, "").status, 405);

  EXPECT_EQ(number("select count(*) from gateway.hmac_replay where worker_id not in ('w1', 'w2')"), 0);
  for (const auto& e : published("heartbeat"))
    EXPECT_EQ(e.verdict, verified::yes);
}

TEST_F(lead_workers, both_keys_count_in_rotation_and_the_old_one_no_more_after_it) {
  two_workers();
  const auto status_of = [&](const std::string& secret) {
    auto c = heartbeat();
    c.secret = secret;
    return ask(c).status;
  };
  secret_is("rotating", "w1", "k2", "the next secret");
  ASSERT_TRUE(until([&] { return status_of("the next secret") == 200; }));
  EXPECT_EQ(status_of("the secret of w1"), 200);
  secret_is("promoted", "w1", "k2", "");
  ASSERT_TRUE(until([&] { return status_of("the secret of w1") == 401; }));
  EXPECT_EQ(status_of("the next secret"), 200);
  secret_is("cleared", "w1", "k2", "");
  ASSERT_TRUE(until([&] { return status_of("the next secret") == 401; }));

  // Sealed for another worker, or to nobody.
  admin("worker.secret_set", format(R"({{"worker_id":"w1","key_id":"k3","sealed":"{}"}})", sealed("w2", "moved")));
  ASSERT_TRUE(until([&] { return gate->metrics().find("millrace_unreadable_worker_keys 1") != std::string::npos; }));
  EXPECT_EQ(status_of("moved"), 401);
}

TEST_F(lead_workers, a_repeat_is_answered_and_changes_nothing) {
  two_workers();
  jobs(1, 2);
  auto beat = heartbeat();
  beat.info = R"({"host":"one that beats once"})"; // else it is the event of another beat of this second
  const auto beats = published("heartbeat").size();
  EXPECT_EQ(ask(beat).status, 200);
  EXPECT_EQ(ask(beat).body, R"({"ok":true})");
  EXPECT_EQ(published("heartbeat").size(), beats + 1) << "the repeat is not published";

  const auto pulled = pull();
  const auto first = ask(pulled), second = ask(pulled);
  EXPECT_EQ(at(first, "/job/id"), "1");
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(published("job.claimed").size(), 1u);

  const auto reported = report("1", R"(,"items":[{"phone":"0501234567"}])");
  const auto taken = ask(reported);
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_NE(at(taken, "/events/0"), "(nothing)");
  EXPECT_EQ(code(ask(reported)), "409 replay_detected");
  EXPECT_EQ(published("report_results").size(), 1u);
  EXPECT_EQ(code(ask(report("", ""))), "400 missing_job_id");
}

// Scenario 19: whoever dies after Kafka's acknowledgement leaves a reserved row.
TEST_F(lead_workers, what_was_published_and_not_noted_is_published_again_as_the_same_event) {
  two_workers();
  sql->script("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'as if the gateway had died'; end $$;"
              "create trigger refuse before update on gateway.hmac_replay for each row when (new.state = 'accepted') execute function refuse()");
  const auto reported = report("1", R"(,"items":[{"phone":"0501234567"}])");
  EXPECT_EQ(ask(reported).status, 200) << "it is stored: that it could not be noted changes no answer";
  EXPECT_EQ(number("select count(*) from gateway.hmac_replay where state = 'reserved'"), 1);
  sql->script("drop trigger refuse on gateway.hmac_replay");
  EXPECT_EQ(ask(reported).status, 200);
  EXPECT_EQ(code(ask(reported)), "409 replay_detected");
  EXPECT_EQ(published("report_results").size(), 2u);
  EXPECT_EQ(ids("report_results").size(), 1u);
}

TEST_F(lead_workers, a_grant_that_nobody_heard_of_is_the_same_one_again) {
  two_workers();
  jobs(1, 3);
  sql->script("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'as if the gateway had died'; end $$;"
              "create trigger refuse before update on gateway.hmac_replay for each row when (new.state = 'accepted') execute function refuse()");
  const auto pulled = pull();
  const auto first = ask(pulled);
  sql->script("drop trigger refuse on gateway.hmac_replay");
  const auto repeat = ask(pulled);
  EXPECT_EQ(at(first, "/job/id"), "1");
  EXPECT_EQ(first.body, repeat.body);
  EXPECT_EQ(ids("job.claimed").size(), 1u);
  sql->script("update gateway.job_grants set state = 'reserved'"); // the other half was lost
  const auto signed_anew = ask(pull());
  EXPECT_EQ(at(signed_anew, "/attempt_id"), at(first, "/attempt_id"));
  EXPECT_EQ(ids("job.claimed").size(), 1u);
  EXPECT_EQ(at(ask(pull("w2")), "/job/id"), "2");
}

TEST_F(lead_workers, over_its_rate_a_call_is_not_used_up) {
  two_workers();
  admin("worker.configured", R"({"worker_id":"w1","rate_limit_per_min":1000000})");
  set("worker_rate_limit_per_min", "1");
  auto late = heartbeat();
  late.worker = "w2";
  late.secret = "the secret of w2";
  http::response refused;
  ASSERT_TRUE(until([&] {
    late.nonce = to_hex(crypto::random_bytes(16));
    return (refused = ask(late)).status == 429;
  }));
  EXPECT_EQ(code(refused), "429 over_worker_rate");
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_EQ(number("select count(*) from gateway.hmac_replay where nonce = " + postgres::quote_literal(late.nonce)), 0);
  EXPECT_EQ(ask(heartbeat()).status, 200) << "a limit of its own comes first";
  admin("worker.configured", R"({"worker_id":"w2","rate_limit_per_min":1000000})");
  EXPECT_TRUE(until([&] { return ask(late).status == 200; }));
}

TEST_F(lead_workers, switches_stop_what_they_say) {
  two_workers();
  jobs(1, 1);
  set("system_stop", "true");
  ASSERT_TRUE(until([&] { return at(ask(pull()), "/stopped") == "true"; }));
  EXPECT_EQ(at(ask(pull()), "/job"), "");
  const auto reported = report("1", "");
  EXPECT_EQ(code(ask(reported)), "503 system_stopped");
  EXPECT_EQ(ask(heartbeat()).status, 200);
  set("system_stop", "false");
  ASSERT_TRUE(until([&] { return ask(reported).status == 200; })) << "it was not used up";
  set("internal_server_enabled", "false");
  EXPECT_TRUE(until([&] { return code(ask(heartbeat())) == "403 internal_disabled"; }));
  EXPECT_EQ(published("report_results").size(), 1u);
}

TEST_F(lead_workers, a_job_is_one_workers_until_it_is_done_or_its_lease_is_over) {
  two_workers();
  jobs(1, 1, R"(,"priority":1)");
  const auto mine = ask(pull());
  EXPECT_EQ(at(mine, "/job/id"), "1");
  EXPECT_EQ(at(mine, "/job/query"), "dentist");
  EXPECT_EQ(at(mine, "/job/target_count"), "50");
  EXPECT_EQ(at(mine, "/lease_sec"), "120");
  EXPECT_EQ(at(ask(pull("w2")), "/job"), "");
  const call claim{.path = "/claim_job", .body = R"({"job_id":1})", .worker = "w2", .secret = "the secret of w2"};
  EXPECT_EQ(code(ask(claim)), "409 job_not_available");

  // Folded, and its lease over by the gateway's clock: another one may have it.
  ASSERT_TRUE(until([&] { return number("select count(*) from gateway.open_jobs where status = 'processing'") == 1; }));
  sql->script("update gateway.open_jobs set lease_end = now() - interval '1 second'; update gateway.job_grants set lease_until = now() - interval '1 second'");
  const auto again = ask(claim);
  EXPECT_EQ(at(again, "/job/id"), "1") << again.body;
  EXPECT_NE(at(again, "/attempt_id"), at(mine, "/attempt_id"));
  EXPECT_EQ(at(ask(report("1", format(R"(,"attempt_id":"{}")", at(mine, "/attempt_id")))), "/stale"), "true");
  EXPECT_EQ(at(ask(report("1", format(R"(,"attempt_id":"{}","done":true)", at(again, "/attempt_id")), "w2")), "/stale"), "(nothing)");
  EXPECT_EQ(number("select count(*) from gateway.job_grants where is_done"), 1);
  ASSERT_TRUE(until([&] { return number("select count(*) from gateway.open_jobs") == 0; }));
  EXPECT_EQ(at(ask(pull()), "/job"), "");
  EXPECT_EQ(published("job.claimed").size(), 2u);
}

TEST_F(lead_workers, jobs_go_out_in_the_order_that_is_set) {
  two_workers();
  for (const auto& [job, priority] : {std::pair{1, 0}, {2, 5}, {3, 5}, {4, 0}})
    act("job.created", format(R"({{"job_id":{},"query":"q{}","priority":{},"agent_id":{},"queued_at":"2026-11-20T10:0{}:00Z"}})", job, job, priority, job % 2, job));
  ASSERT_TRUE(until([&] { return number("select count(*) from gateway.open_jobs") == 4; }));
  ASSERT_TRUE(until([&] { return gate->metrics().find("millrace_open_jobs_ok 1") != std::string::npos; }));
  EXPECT_EQ(at(ask(pull()), "/job/id"), "2");
  set("pick_order", "newest");
  EXPECT_EQ(at(ask(pull()), "/job/id"), "3");
  EXPECT_EQ(at(ask(pull()), "/job/id"), "4");
  for (const auto* order : {"random", "pow2", "fair_query", "rr_agent"}) {
    set("pick_order", order);
    act("job.created", format(R"({{"job_id":{},"query":"more"}})", 100 + number("select count(*) from gateway.job_grants")));
    EXPECT_TRUE(until([&] { return at(ask(pull()), "/job/id") != "(nothing)"; })) << order;
  }
}

TEST_F(lead_workers, two_gateways_never_hand_one_job_out_twice) {
  workers(6);
  jobs(1, 40);
  running_gateway other(settings);
  ASSERT_TRUE(until([&] { return other.is_ready(); }));
  ASSERT_TRUE(until([&] { return other.metrics().find("millrace_open_jobs_ok 1") != std::string::npos; }));
  std::mutex guard;
  std::vector<std::string> given;
  std::vector<std::thread> pulling;
  for (int i = 0; i < 6; ++i)
    pulling.emplace_back([&, i] {
      const auto base = i % 2 ? gate->base() : other.base();
      for (int none = 0; none < 3;) {
        const auto r = ask(pull(format("w{}", i + 1)), base);
        if (const auto job = at(r, "/job/id"); job != "(nothing)") {
          const std::lock_guard lock(guard);
          given.push_back(job);
        } else {
          ++none;
        }
      }
    });
  for (auto& p : pulling)
    p.join();
  EXPECT_EQ(given.size(), 40u);
  EXPECT_EQ(std::set<std::string>(given.begin(), given.end()).size(), given.size());
  EXPECT_EQ(ids("job.claimed").size(), given.size());
}

TEST_F(lead_workers, without_postgres_they_are_told_to_come_again_and_other_sources_go_on) {
  two_workers();
  auto away = settings;
  away.calls.postgres = "host=127.0.0.1 port=1 connect_timeout=1";
  running_gateway other(away);
  ASSERT_TRUE(until([&] { return other.is_ready(); }));
  const auto reported = report("1", R"(,"items":[])");
  const auto r = ask(reported, other.base());
  EXPECT_EQ(code(r), "503 unavailable");
  EXPECT_NE(r.header("retry-after"), "");
  EXPECT_EQ(published("report_results").size(), 0u);
  EXPECT_EQ(send(other.base(), "OPTIONS", "/webhooks/admin/operator", {}, "").status, 204);
  EXPECT_EQ(ask(reported).status, 200) << "the same call where Postgres is";
}

} // namespace
} // namespace millrace::gateway
