// Lead workers against the gateway whole, for tests: the gateway in this process, on a real Kafka and a real Postgres, what others
// say through it, and calls signed independently of libs/provider. One thread.
#pragma once

#include "process.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "crypto/sealed.hpp"
#include "gateway/dispatch/service.hpp"
#include "http/client.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "kafka/testing_kafka.hpp"
#include "leads/worker_secret.hpp"
#include "pipeline/migrate.hpp"
#include "provider/family.hpp"
#include "provider/sign.hpp"
#include "testing/database.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <thread>

namespace millrace::gateway {

using namespace std::chrono_literals;

inline bool until(const std::function<bool()>& holds, std::chrono::seconds most = 60s) {
  for (const auto end = std::chrono::steady_clock::now() + most; !holds(); std::this_thread::sleep_for(10ms))
    if (std::chrono::steady_clock::now() > end)
      return false;
  return true;
}

inline constexpr std::string_view acts_secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

// One gateway, running.
struct running_gateway {
  explicit running_gateway(const config& c) : process(c), run(std::async(std::launch::async, [this] { return process.run(); })) {}
  ~running_gateway() {
    process.stop();
    run.get();
  }
  std::string base() const { return format("http://127.0.0.1:{}", process.port()); }
  bool is_ready() const {
    http::client c(format("http://127.0.0.1:{}", process.admin_port()));
    const auto r = c.send("GET", "/readyz", {}, {}, 10s);
    return r && r->status == 200;
  }
  std::string metrics() const {
    http::client c(format("http://127.0.0.1:{}", process.admin_port()));
    return c.send("GET", "/metrics", {}, {}).value().body;
  }
  gateway::process process;
  std::future<int> run;
};

// A call as a worker makes it, signed independently of libs/provider.
struct call {
  std::string method = "POST", path = {}, body = {};
  std::string worker = "w1", secret = "the secret of w1";
  std::string nonce = to_hex(crypto::random_bytes(16)); // empty: the older signature
  std::string info = {};
  std::int64_t ts = now().us / second_us;

  std::string sign(const std::string& target) const {
    const auto sha = [](std::string_view text) { return to_hex(crypto::sha256(text)); };
    if (nonce.empty())
      return to_hex(crypto::hmac_sha256(secret, method + "|" + target.substr(0, target.find('?')) + "|" + sha(body) + "|" + std::to_string(ts)));
    return to_hex(crypto::hmac_sha256(secret, "v2|" + method + "|" + target + "|" + sha(body) + "|" + std::to_string(ts) + "|" + worker + "|" + nonce + "|" + sha(info)));
  }
  header_list headers(const std::string& target) const {
    header_list h = {{"Content-Type", "application/json"}, {"X-Auth-Ts", std::to_string(ts)}, {"X-Auth-Sign", sign(target)}, {"X-Worker-Id", worker}};
    if (!nonce.empty())
      h.emplace_back("X-Auth-Nonce", nonce);
    if (!info.empty())
      h.emplace_back("X-Worker-Info", info);
    return h;
  }
};

class lead_workers : public testing::Test {
protected:
  void SetUp() override {
    const auto name = to_hex(crypto::random_bytes(5));
    account = "w-" + name;
    project = "acme/" + name;
    folder = std::filesystem::temp_directory_path() / ("millrace-workers-" + name);
    std::filesystem::create_directories(folder);
    std::vector<fault> faults;
    profiles = catalogue::embedded(faults);
    auto topics = kafka::embedded_topics(faults);
    ASSERT_TRUE(faults.empty()) << faults.front().text();
    ASSERT_TRUE(kafka::apply_topics(kafka::real_kafka(), topics).empty());
    auto s = gateway_service();
    s.profiles = &profiles;
    sql = std::make_unique<postgres::connection>(db.conninfo(), "test");
    pipeline::migrate(*sql, std::span(&s, 1));
    settings = read_settings();
    begin_at_the_end_of_the_log();
    write_sources();
    gate.emplace(settings);
    ASSERT_TRUE(until([&] { return gate->is_ready(); })) << "not ready";
  }
  void TearDown() override {
    gate.reset();
    std::filesystem::remove_all(folder);
  }

  virtual config read_settings() {
    millrace::settings from(millrace::settings::variables{
        {"MILLRACE_SOURCES", (folder / "sources.json").string()}, {"MILLRACE_HTTP_PORT", "0"}, {"MILLRACE_ADMIN_PORT", "0"}, {"MILLRACE_DEV_MODE", "1"},
        {"MILLRACE_KAFKA_BROKERS", kafka::real_kafka().brokers}, {"MILLRACE_POSTGRES", db.conninfo()}, {"MILLRACE_GATEWAY_SEAL_KEY", seal.text()},
        {"MILLRACE_GATEWAY_ANSWER_TIME", "10s"}});
    auto c = config::read(from);
    for (const auto& f : c.faults)
      ADD_FAILURE() << f.text();
    c.calls.kafka.properties["group.id"] = account + ".gateway"; // others fold on this Kafka too
    c.calls.kafka.properties["session.timeout.ms"] = "6000";
    return c;
  }

  void begin_at_the_end_of_the_log() {
    kafka::reader reader(kafka::real_kafka());
    const auto cluster = reader.cluster_id();
    for (const auto& t : settings.calls.topics)
      for (int p = 0; p < reader.partitions(t.name, 10s); ++p) {
        std::int64_t end = 0;
        until([&] {
          try {
            end = reader.watermarks({t.name, p}, 10s).next;
            return true;
          } catch (const outage&) { // it was just made, and has no leader yet
            return false;
          }
        });
        begun[{t.name, p}] = end;
        sql->query("insert into gateway.applied (cluster_id, topic, partition, first_offset, next_offset) values ($1, $2, $3::int, $4::bigint, $4::bigint)",
                   {cluster, t.name, std::to_string(p), std::to_string(end)});
      }
  }

  void write_sources() {
    json::writer w;
    w.begin_object().name("sources").begin_object();
    w.name(account).begin_object().name("provider").string("leads").name("family").string("worker").name("workers_of").string(project).end_object();
    w.name(account + "-acts").begin_object().name("provider").string("leads").name("family").string("acts");
    w.name("keys").begin_array().begin_object().name("id").string("k1").name("inline").string(acts_secret).end_object().end_array().end_object();
    w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("operator");
    w.name("inline").string(operator_key.public_pem()).name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
    w.end_object().end_array().end_object().end_object().end_object();
    std::ofstream(folder / "sources.json") << w.take();
  }

  // ── what others say ──

  http::response send(const std::string& base, std::string_view method, const std::string& target, const header_list& headers, std::string_view body) {
    http::client c(base);
    auto got = c.send(method, target, headers, body, 30s);
    EXPECT_TRUE(got) << (got ? "" : got.error().text());
    return got ? *got : http::response{};
  }
  void post_signed(const std::string& provider, const std::string& family_name, const std::string& source, const std::string& material, std::string body) {
    millrace::outgoing out;
    out.url = "/webhooks/" + provider + "/" + source;
    out.headers = {{"Content-Type", "application/json"}};
    out.body = std::move(body);
    const auto& f = *profiles.find(provider)->families.find(family_name)->second;
    const auto made = sign({&f.signatures.front(), material}, std::move(out), now(), "msg_" + to_hex(crypto::random_bytes(8)));
    ASSERT_TRUE(made);
    const auto r = send(gate->base(), "POST", made->url, made->headers, made->body);
    ASSERT_EQ(r.status, 200) << r.body;
  }
  void admin(const std::string& type, const std::string& data) {
    const std::string body = format(R"({{"type":"{}","timestamp":"{}","project":"{}","data":{}}})", type, to_rfc3339(now()), project, data);
    post_signed("admin", "command", "operator", operator_key.pem(), body);
  }
  void act(const std::string& type, const std::string& data) {
    post_signed("leads", "acts", account + "-acts", std::string(acts_secret), format(R"({{"type":"{}","occurred_at":"{}","data":{}}})", type, to_rfc3339(now()), data));
  }
  std::string sealed(const std::string& worker, const std::string& secret) {
    return *crypto::seal(seal.public_text(), leads::owner_of_worker_secret(project, worker), secret);
  }
  void secret_is(const std::string& act_name, const std::string& worker, const std::string& key_id, const std::string& secret) {
    admin("worker.secret_" + act_name, format(R"({{"worker_id":"{}","key_id":"{}"{}}})", worker, key_id, secret.empty() ? "" : format(R"(,"sealed":"{}")", sealed(worker, secret))));
  }
  // Returns when the gateway goes by it.
  void set(const std::string& name, const std::string& value) {
    const auto before = learnt();
    admin("setting.set", format(R"({{"name":"{}","value":"{}"}})", name, value));
    ASSERT_TRUE(until([&] { return learnt() > before; })) << name;
  }
  double learnt() {
    const std::string all = gate->metrics(), name = "\nmillrace_worker_keys_words_total ";
    const auto at_place = all.find(name);
    return at_place == std::string::npos ? 0 : std::stod(all.substr(at_place + name.size()));
  }
  void bind() {
    for (const auto& of : {account, account + "-acts"})
      admin("source.bound", format(R"({{"provider":"leads","account":"{}"}})", of));
  }

  // ── calls ──

  std::string target(const std::string& path) const { return "/webhooks/leads/" + account + path; }
  http::response ask(const call& c) { return ask(c, gate->base()); }
  http::response ask(const call& c, const std::string& base) { return send(base, c.method, target(c.path), c.headers(target(c.path)), c.body); }
  static std::string code(const http::response& r) {
    const auto body = json::parse(r.body);
    const auto v = body ? body->root().member("code") : std::nullopt;
    return format("{} {}", r.status, v ? v->text() : std::string_view("-"));
  }
  static std::string at(const http::response& r, std::string_view pointer) {
    const auto body = json::parse(r.body);
    const auto v = body ? body->root().at(pointer) : std::nullopt;
    return v ? std::string(v->text()) : "(nothing)";
  }
  call heartbeat() const { return {.path = "/api/heartbeat.php", .body = R"({"status":"idle"})"}; }
  call pull(const std::string& worker = "w1") const { return {.path = "/pull_job", .worker = worker, .secret = "the secret of " + worker}; }
  call report(const std::string& job, const std::string& more, const std::string& worker = "w1") const {
    return {.path = "/report_results", .body = format(R"({{"job_id":"{}"{}}})", job, more), .worker = worker, .secret = "the secret of " + worker};
  }
  // They may call, and their accounts have a project.
  void two_workers() { workers(2); }
  void workers(int count) {
    bind();
    for (int n = 1; n <= count; ++n)
      secret_is("set", format("w{}", n), "k1", format("the secret of w{}", n));
    for (int n = 1; n <= count; ++n)
      ASSERT_TRUE(until([&] {
        auto c = heartbeat();
        c.worker = format("w{}", n);
        c.secret = "the secret of " + c.worker;
        return ask(c).status == 200;
      })) << n;
  }
  void jobs(int from, int to, const std::string& more = "") {
    for (int job = from; job <= to; ++job)
      act("job.created", format(R"({{"job_id":{},"query":"dentist","target_count":50{}}})", job, more));
    ASSERT_TRUE(until([&] { return number("select count(*) from gateway.open_jobs") >= to - from + 1; }));
    ASSERT_TRUE(until([&] { return gate->metrics().find("millrace_open_jobs_ok 1") != std::string::npos; }));
  }
  std::int64_t number(const std::string& query) { return sql->query(query).integer(0, 0); }

  // Our events of the topic, by type.
  std::vector<event> published(const std::string& type) {
    std::vector<event> found;
    kafka::reader reader(kafka::real_kafka());
    for (const auto& [p, from] : begun) {
      const auto range = reader.watermarks(p, 10s);
      if (from < range.next)
        reader.read(p, from, range.next, [&](const kafka::record& r) {
          if (const auto e = decode_record(r.key, r.value, r.headers); e && e->provider == "leads" && e->account == account && e->type == type)
            found.push_back(*e);
          return true;
        });
    }
    return found;
  }
  std::set<std::string> ids(const std::string& type) {
    std::set<std::string> all;
    for (const auto& e : published(type))
      all.insert(e.dedupe_key);
    return all;
  }

  std::string account, project;
  crypto::private_key operator_key = crypto::private_key::generate(crypto::algorithm::ed25519);
  crypto::sealing_key seal = crypto::sealing_key::generate();
  trial::database db;
  std::filesystem::path folder;
  catalogue profiles;
  config settings;
  std::unique_ptr<postgres::connection> sql;
  std::map<kafka::partition_id, std::int64_t> begun;
  std::optional<running_gateway> gate;
};

} // namespace millrace::gateway
