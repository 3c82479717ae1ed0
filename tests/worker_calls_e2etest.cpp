// Scenario 19 of docs/domains/leads.md as it happens: the gateway is killed when Kafka has a worker's report and before that is noted.
#include "running_line.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "crypto/sealed.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/worker_secret.hpp"
#include "pipeline/migrate.hpp"

#include <fstream>
#include <future>

using namespace millrace;
using proof::until;

namespace {

constexpr std::string_view secret = "the secret of w1";

struct killed_gateway : proof::running_line {
  void SetUp() override {
    running_line::SetUp();
    if (HasFatalFailure())
      return;
    project = "acme/" + account;
    auto s = gateway_service();
    s.profiles = &profiles;
    pipeline::migrate(*sql, std::span(&s, 1));
    write_sources_of_workers();
  }
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    if (program == "gateway") {
      s["MILLRACE_POSTGRES"] = database->conninfo();
      s["MILLRACE_GATEWAY_SEAL_KEY"] = seal.text();
      s["MILLRACE_GATEWAY_ANSWER_TIME"] = "10s";
      s["MILLRACE_KAFKA_GROUP_ID"] = account + ".gateway";
    }
    return s;
  }
  void write_sources_of_workers() const {
    json::writer w;
    w.begin_object().name("sources").begin_object();
    w.name(account).begin_object().name("provider").string("leads").name("family").string("worker").name("workers_of").string(project).end_object();
    w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("operator");
    w.name("inline").string(operator_key.public_pem()).name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
    w.end_object().end_array().end_object().end_object().end_object();
    std::ofstream(folder / "sources.json") << w.take();
  }

  std::string base() { return format("http://127.0.0.1:{}", programs["gateway"]->port("\"port\"")); }
  int give_a_key() {
    const auto sealed = *crypto::seal(seal.public_text(), leads::owner_of_worker_secret(project, "w1"), secret);
    outgoing out;
    out.url = "/webhooks/admin/operator";
    out.headers = {{"Content-Type", "application/json"}};
    out.body = format(R"({{"type":"worker.secret_set","timestamp":"{}","project":"{}","data":{{"worker_id":"w1","key_id":"k1","sealed":"{}"}}}})", to_rfc3339(now()), project, sealed);
    const auto& f = *profiles.find("admin")->families.begin()->second;
    const auto made = sign({find_signature(f, ""), operator_key.pem()}, std::move(out), now(), "");
    return http::client(base()).send("POST", made->url, made->headers, made->body).value().status;
  }

  // The status of a call, 0 when nobody answered.
  struct call {
    std::string name, body, nonce = to_hex(crypto::random_bytes(16));
    std::int64_t ts = now().us / second_us;
  };
  int ask(const call& c) {
    const std::string target = "/webhooks/leads/" + account + "/" + c.name;
    const auto sha = [](std::string_view text) { return to_hex(crypto::sha256(text)); };
    const std::string text = "v2|POST|" + target + "|" + sha(c.body) + "|" + std::to_string(c.ts) + "|w1|" + c.nonce + "|" + sha("");
    const header_list headers = {{"Content-Type", "application/json"}, {"X-Worker-Id", "w1"}, {"X-Auth-Ts", std::to_string(c.ts)}, {"X-Auth-Nonce", c.nonce},
                                 {"X-Auth-Sign", to_hex(crypto::hmac_sha256(secret, text))}};
    const auto r = http::client(base()).send("POST", target, headers, c.body, std::chrono::seconds(60));
    return r ? r->status : 0;
  }
  void start_gateway() {
    ASSERT_TRUE(programs["gateway"]->start());
    ASSERT_TRUE(until(proof::still_most, [&] { return programs["gateway"]->is_ready(); }));
  }

  std::string project;
  crypto::sealing_key seal = crypto::sealing_key::generate();
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
