// The gateway whole, in this process, over real sockets, against librdkafka's mock brokers (for latency and outages that a
// real one does not make on demand).
#include "process.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"
#include "http/client.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "kafka/testing_kafka.hpp"
#include "provider/events.hpp"
#include "provider/examples.hpp"
#include "provider/family.hpp"
#include "provider/sign.hpp"
#include "provider/verify.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace millrace::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::string_view a_profile = R"({
  "provider": "acme", "title": "Acme", "topic": "raw.acme",
  "answers": {"accepted": 200, "accepted_body": "ids", "bad_signature": 401, "foreign_account": 403, "overloaded": 429,
              "unavailable": 503, "unknown_source_young": 503, "sender_timeout_ms": 3000},
  "body_bytes_max": 100000,
  "families": {"events": {
    "body": "json", "content_types": ["application/json"], "array": "either",
    "signatures": [{"id": "hmac", "scheme": "hmac-sha256", "signature": {"header": "X-Signature", "encoding": "hex"},
                    "signed": "{body}"}],
    "event": {"type": ["/type"], "account": ["/account"], "version": [{"pointer": "/id"}]},
    "types": {"made": {"ignored": "it is only for tests"}}}}
})";

std::string source_json(const std::string& name, const std::string& more = "") {
  return format(R"("{}": {{"provider": "acme", "accounts": ["a1", "a2"], "keys": [{{"id": "k1", "inline": "secret"}}]{}}})",
                name, more);
}

class gateway_process : public testing::Test {
protected:
  gateway_process() {
    folder_ = std::filesystem::temp_directory_path() / kafka::unique_name("gateway");
    std::filesystem::create_directories(folder_ / "providers/acme");
    write("providers/acme/profile.json", std::string(a_profile));
    rd_kafka_mock_topic_create(cluster_.get(), "raw.acme", 1, 1);
    config_.http.port = 0;
    config_.admin_address = "127.0.0.1";
    config_.sources_file = folder_ / "sources.json";
    config_.providers_folder = folder_ / "providers";
    config_.kafka = cluster_.settings();
    config_.delivery_time = 5s;
    config_.shutdown_time = 10s;
    config_.dev_mode = true;
    serve_sources(source_json("main"));
  }
  ~gateway_process() override {
    rtt(0);
    if (running_.valid())
      end();
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / (name + ".new")) << text;
    std::filesystem::rename(folder_ / (name + ".new"), folder_ / name);
  }
  void serve_sources(const std::string& members) { write("sources.json", R"({"sources": {)" + members + "}}"); }

  void start() {
    process_.emplace(config_);
    running_ = std::async(std::launch::async, [this] { return process_->run(); });
  }
  int end() {
    process_->stop();
    return running_.get();
  }
  void rtt(int ms) { rd_kafka_mock_broker_set_rtt(cluster_.get(), 1, ms); }

  std::string base() const { return format("http://127.0.0.1:{}", process_->port()); }
  static header_list signed_headers(const std::string& body) {
    return {{"Content-Type", "application/json; charset=utf-8"}, {"X-Signature", to_hex(crypto::hmac_sha256("secret", body))}};
  }
  http::response post(const std::string& body, const std::string& source = "main", const header_list& more = {}) {
    http::client c(base());
    auto headers = signed_headers(body);
    headers.insert(headers.end(), more.begin(), more.end());
    return ask("POST", "/webhooks/acme/" + source, headers, body);
  }
  http::response ask(std::string_view method, const std::string& target, const header_list& headers = {},
                     std::string_view body = {}) {
    http::client c(base());
    auto got = c.send(method, target, headers, body, 20s);
    EXPECT_TRUE(got) << (got ? "" : got.error().text());
    return got ? *got : http::response{};
  }
  std::string metrics() {
    http::client c(format("http://127.0.0.1:{}", process_->admin_port()));
    return c.send("GET", "/metrics", {}, {}).value().body;
  }
  // Of the series with exactly this name and labels; -1 when there is none.
  double value_of(const std::string& series) {
    const std::string all = "\n" + metrics();
    const std::size_t at = all.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(all.substr(at + series.size() + 2));
  }
  http::response readiness() {
    http::client c(format("http://127.0.0.1:{}", process_->admin_port()));
    return c.send("GET", "/readyz?verbose", {}, {}).value();
  }
  static std::string event_body(int id, const std::string& account = "a1") {
    return format(R"({{"type":"made","account":"{}","id":"{}"}})", account, id);
  }
  // Every record that the topic has.
  std::vector<event> published(const std::string& topic = "raw.acme") {
    std::vector<event> events;
    kafka::reader reader(config_.kafka);
    const kafka::partition_id p{topic, 0};
    auto range = reader.watermarks(p, 10s);
    reader.read(p, range.first, range.next, [&](const kafka::record& r) {
      auto e = decode_record(r.key, r.value, r.headers);
      EXPECT_TRUE(e) << (e ? "" : e.error().text());
      if (e)
        events.push_back(*e);
      return true;
    });
    return events;
  }
  static void expect_problem(const http::response& r, int status, const std::string& code) {
    EXPECT_EQ(r.status, status) << r.body;
    EXPECT_EQ(r.header("content-type"), "application/problem+json");
    auto problem = json::parse(r.body);
    ASSERT_TRUE(problem) << r.body;
    EXPECT_EQ(problem->root().member("code")->text(), code);
    EXPECT_EQ(problem->root().member("type")->text(), "urn:millrace:problem:" + code);
    EXPECT_EQ(problem->root().member("page")->text(), "docs/problems/" + code + ".md");
    EXPECT_EQ(problem->root().member("request_id")->text(), r.header("millrace-request-id"));
    EXPECT_FALSE(r.header("millrace-request-id").empty());
  }

  kafka::mock_cluster cluster_;
  std::filesystem::path folder_;
  config config_;
  std::optional<process> process_;
  std::future<int> running_;
};

TEST_F(gateway_process, answers_2xx_only_after_kafka_acknowledged) {
  start();
  EXPECT_EQ(post(event_body(0)).status, 200); // connected from here on
  rtt(400);
  auto begun = steady::now();
  std::string body = event_body(1);
  auto r = post(body);
  EXPECT_GE(steady::now() - begun, 380ms);
  EXPECT_EQ(r.status, 200) << r.body;
  EXPECT_EQ(r.header("millrace-durability"), "kafka");
  auto answer = json::parse(r.body);
  ASSERT_TRUE(answer) << r.body;
  EXPECT_EQ(answer->root().at("/events/0")->text(), "acme:a1:made::1");
  EXPECT_EQ(answer->root().at("/request_id")->text(), r.header("millrace-request-id"));
  rtt(0);
  auto events = published();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].body, body);
  EXPECT_EQ(events[1].source, "main");
  EXPECT_EQ(events[1].key_id, "k1");
  EXPECT_EQ(events[1].url, base() + "/webhooks/acme/main");
}

TEST_F(gateway_process, no_acknowledgement_in_time_is_the_sources_own_code_and_the_late_one_is_forgotten) {
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rtt(2'500);
  auto begun = steady::now();
  auto r = post(event_body(1));
  auto took = steady::now() - begun;
  expect_problem(r, 503, "unavailable");
  EXPECT_EQ(r.header("retry-after"), "5");
  EXPECT_GE(took, 900ms); // min(1 s, 3 s / 3)
  EXPECT_LT(took, 2s);
  rtt(0);
  EXPECT_TRUE(kafka::eventually([&] { return post(event_body(2)).status == 200; }));
  EXPECT_TRUE(kafka::eventually([&] { return metrics().find("millrace_events_in_flight 0\n") != std::string::npos; }));
  EXPECT_EQ(published().size(), 3u);
  EXPECT_NE(metrics().find(R"(millrace_requests_total{answer="unavailable",reason="deadline",source="acme/main"} 1)"),
            std::string::npos)
      << metrics();
}

TEST_F(gateway_process, an_error_of_the_broker_is_never_a_2xx) {
  config_.delivery_time = 1s;
  config_.limits.answer_time = 3s;
  write("providers/acme/profile.json", [] {
    std::string p(a_profile);
    p.replace(p.find("3000"), 4, "30000");
    return p;
  }());
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rd_kafka_mock_broker_set_down(cluster_.get(), 1);
  expect_problem(post(event_body(1)), 503, "unavailable");
  EXPECT_TRUE(kafka::eventually([&] { return readiness().status == 503; }));
  EXPECT_NE(readiness().body.find("[-] kafka"), std::string::npos) << readiness().body;
  rd_kafka_mock_broker_set_up(cluster_.get(), 1);
  EXPECT_TRUE(kafka::eventually([&] { return post(event_body(2)).status == 200; }));
  EXPECT_TRUE(kafka::eventually([&] { return readiness().status == 200; }));
}

TEST_F(gateway_process, over_its_limits_it_sheds_with_the_providers_code) {
  config_.limits.events_in_flight = 1;
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rtt(800);
  auto first = std::async(std::launch::async, [&] { return post(event_body(1)).status; });
  EXPECT_TRUE(kafka::eventually([&] { return metrics().find("millrace_events_in_flight 1\n") != std::string::npos; }));
  auto r = post(event_body(2));
  expect_problem(r, 429, "overloaded");
  EXPECT_FALSE(r.header("retry-after").empty());
  EXPECT_EQ(first.get(), 200);
  rtt(0);
  EXPECT_EQ(post(event_body(3)).status, 200);
}

TEST_F(gateway_process, a_post_is_shed_whole_when_its_events_are_more_than_is_left) {
  config_.limits.events_in_flight = 10;
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rtt(800);
  auto array_of = [](int n) {
    std::string body;
    for (int i = 0; i < n; ++i)
      body += (i ? "," : "[") + event_body(100 * n + i);
    return body + "]";
  };
  auto first = std::async(std::launch::async, [&] { return post(array_of(6)).status; });
  EXPECT_TRUE(kafka::eventually([&] { return metrics().find("millrace_events_in_flight 6\n") != std::string::npos; }));
  expect_problem(post(array_of(5)), 429, "overloaded");
  EXPECT_NE(readiness().body.find("[+] load: shedding"), std::string::npos) << readiness().body;
  EXPECT_EQ(readiness().status, 200);
  EXPECT_NE(post(array_of(4)).status, 429); // there is room for it, however long Kafka takes
  first.get();
  rtt(0);
  EXPECT_TRUE(kafka::eventually([&] { return published().size() == 1u + 6u + 4u; }));
  EXPECT_NE(metrics().find(R"(millrace_requests_total{answer="overloaded",reason="in_flight",source="acme/main"} 1)"),
            std::string::npos);
}

TEST_F(gateway_process, headers_are_bytes_in_flight_as_well) {
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rtt(800);
  const std::string url_of_300 = "main?" + std::string(300, 'x');
  auto first = std::async(std::launch::async, [&] { return post(event_body(1), url_of_300).status; });
  EXPECT_TRUE(kafka::eventually([&] { return value_of("millrace_event_bytes_in_flight") > 500; })); // its body has not 200
  first.get();
  rtt(0);
  EXPECT_TRUE(kafka::eventually([&] { return value_of("millrace_event_bytes_in_flight") == 0; }));
}

TEST_F(gateway_process, a_post_that_no_limit_would_ever_let_in_is_too_large_and_nothing_of_it_is_published) {
  config_.limits.post_events = 100;
  config_.limits.bytes_in_flight = 60'000;
  start();
  auto array_of = [](int n) {
    std::string body = "[1";
    for (int i = 1; i < n; ++i)
      body += ",1";
    return body + "]";
  };
  auto over = post(array_of(101));
  expect_problem(over, 413, "post_too_large");
  EXPECT_TRUE(over.header("retry-after").empty());
  expect_problem(post(array_of(100)), 413, "post_too_large");             // with their headers more than 60,000 bytes
  expect_problem(post("\"" + std::string(70'000, 'x') + "\""), 413, "post_too_large"); // one event
  expect_problem(post(array_of(45'000)), 413, "post_too_large");
  EXPECT_EQ(post(array_of(20)).status, 200);
  EXPECT_EQ(published().size(), 20u);
  EXPECT_NE(metrics().find(R"(millrace_requests_total{answer="post_too_large",reason="events",source="acme/main"} 2)"),
            std::string::npos);
  EXPECT_NE(metrics().find(R"(millrace_requests_total{answer="post_too_large",reason="bytes",source="acme/main"} 2)"),
            std::string::npos);
}

TEST_F(gateway_process, every_answer_is_timed) {
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("POST", "/webhooks/acme/main", {{"Content-Type", "application/json"}}, "{}").status, 401);
  EXPECT_EQ(post(std::string(100'001, ' ')).status, 413);
  EXPECT_EQ(value_of(R"(millrace_request_seconds_count{stored="yes"})"), 1);
  EXPECT_EQ(value_of(R"(millrace_request_seconds_count{stored="no"})"), 3);
}

TEST_F(gateway_process, refused_signatures_say_nothing_and_publish_nothing) {
  start();
  std::string body = event_body(1);
  header_list none = {{"Content-Type", "application/json"}};
  header_list wrong = {{"Content-Type", "application/json"}, {"X-Signature", to_hex(crypto::hmac_sha256("other", body))}};
  auto missing = ask("POST", "/webhooks/acme/main", none, body);
  auto mismatch = ask("POST", "/webhooks/acme/main", wrong, body);
  expect_problem(missing, 401, "bad_signature");
  expect_problem(mismatch, 401, "bad_signature");
  auto detail = [](const http::response& r) { return std::string(json::parse(r.body)->root().member("detail")->text()); };
  EXPECT_EQ(detail(missing), detail(mismatch));
  EXPECT_EQ(post(event_body(2)).status, 200);
  EXPECT_EQ(published().size(), 1u);
  EXPECT_NE(metrics().find(R"(answer="bad_signature",reason="missing",source="acme/main"} 1)"), std::string::npos);
  EXPECT_NE(metrics().find(R"(answer="bad_signature",reason="mismatch",source="acme/main"} 1)"), std::string::npos);
}

TEST_F(gateway_process, what_is_no_webhook_gets_its_own_answer) {
  start();
  auto get = ask("GET", "/webhooks/acme/main");
  expect_problem(get, 405, "wrong_method");
  EXPECT_EQ(get.header("allow"), "POST, OPTIONS");
  auto head = ask("HEAD", "/webhooks/acme/main");
  EXPECT_EQ(head.status, 405);
  EXPECT_TRUE(head.body.empty());
  auto options = ask("OPTIONS", "/webhooks/acme/main");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("allow"), "POST, OPTIONS");
  expect_problem(ask("GET", "/"), 404, "unknown_page");
  expect_problem(ask("POST", "/webhooks/acme/other", signed_headers("{}"), "{}"), 503, "unknown_source_young");
  std::string body = event_body(1);
  auto signature = signed_headers(body)[1];
  expect_problem(ask("POST", "/webhooks/acme/main", {{"Content-Type", "text/plain"}, signature}, body), 415, "wrong_type");
  expect_problem(post(body, "main", {{"Content-Encoding", "gzip"}}), 415, "wrong_type");
  expect_problem(post(std::string(100'001, ' ')), 413, "body_too_large");
  expect_problem(ask("POST", "/webhooks/acme/main", {{"Expect", "tea"}}, body), 417, "unsupported_expectation");
  EXPECT_TRUE(published().empty());
}

TEST_F(gateway_process, a_path_is_the_sources_own_and_nothing_behind_it) {
  const std::string secret = "s3cret-path-s3cret", hidden = "/webhooks/acme/hidden";
  serve_sources(source_json("main") + "," + source_json("hidden", R"(, "path_secret": {"inline": ")" + secret + R"("})"));
  start();
  const std::string body = event_body(1);
  auto posted = [&](const std::string& path) { return ask("POST", path, signed_headers(body), body); };
  for (const char* path : {"/webhooks/acme/main/", "/webhooks/acme/main/extra", "/webhooks/acme/main/extra/path?x=1",
                           "/webhooks/acme/main//"})
    expect_problem(posted(path), 404, "unknown_page");
  for (const std::string& path : {hidden + "/extra/" + secret, hidden + "/" + secret + "/extra", hidden + "//" + secret})
    expect_problem(posted(path), 404, "unknown_page");
  expect_problem(posted(hidden), 401, "bad_signature");
  expect_problem(posted(hidden + "/another-secret-path"), 401, "bad_signature");
  EXPECT_TRUE(published().empty());
  EXPECT_EQ(posted("/webhooks/acme/main?x=/1/2").status, 200);
  EXPECT_EQ(posted(hidden + "/" + secret).status, 200);
  EXPECT_EQ(posted(hidden + "/" + secret + "/?x=1").status, 200);
}

TEST_F(gateway_process, an_array_is_events_of_one_post_that_can_be_put_together_again) {
  start();
  std::string body = " [ " + event_body(1) + " ,\n" + event_body(2, "a2") + ", 7 ] ";
  auto r = post(body);
  EXPECT_EQ(r.status, 200) << r.body;
  auto events = published();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].account, "a2");
  EXPECT_FALSE(events[2].unreadable.empty());
  EXPECT_EQ(join_post(events).value(), body);
  EXPECT_EQ(events[0].post_sha256, crypto::sha256(body));
}

// A real provider's own profile, signed as it signs: what the topic holds still proves who said it.
TEST_F(gateway_process, a_sendgrid_array_put_together_again_from_the_topic_verifies) {
  std::vector<fault> faults, warnings;
  const catalogue embedded = catalogue::embedded(faults);
  const auto examples = embedded_examples(faults);
  ASSERT_TRUE(faults.empty());
  const family& events = *embedded.find("sendgrid")->families.begin()->second;
  const auto key = crypto::private_key::generate(crypto::algorithm::ecdsa_p256_sha256);
  const std::string configured = R"({"sources": {"mail": {"provider": "sendgrid", "keys": [{"id": "k1", "inline": )" +
                                 json::quote(key.public_pem()) + "}]}}}";
  write("sources.json", configured);
  config_.providers_folder.clear();
  rd_kafka_mock_topic_create(cluster_.get(), "raw.sendgrid", 1, 1);
  start();
  int posts = 0;
  for (const auto& e : examples) {
    if (e.provider != "sendgrid" || e.signature.empty())
      continue;
    auto sent = sign({&events.signatures.front(), key.pem()}, {.url = base() + "/webhooks/sendgrid/mail", .headers = e.headers, .body = e.body}, now(), e.name);
    ASSERT_TRUE(sent) << sent.error().text();
    EXPECT_EQ(ask("POST", "/webhooks/sendgrid/mail", sent->headers, sent->body).status, 200) << e.name;
    ++posts;
  }
  EXPECT_GE(posts, 5);
  std::map<std::string, std::vector<event>> by_post;
  for (auto& e : published("raw.sendgrid"))
    by_post[e.post_sha256].push_back(std::move(e));
  ASSERT_EQ(by_post.size(), static_cast<std::size_t>(posts));
  const auto known = sources::parse("sources.json", configured, embedded, sources::system_secrets(true), faults, warnings);
  ASSERT_TRUE(faults.empty());
  const auto verdict_of = [&](std::vector<event> post) {
    std::reverse(post.begin(), post.end());
    const auto f = verify_post_again(*known, std::move(post));
    return f ? f->code : "yes";
  };
  for (const auto& [sha256, post] : by_post) {
    EXPECT_EQ(verdict_of(post), "yes") << post[0].body;
    auto changed = post;
    changed.back().body.front() ^= 1;
    EXPECT_EQ(verdict_of(changed), "not_verified") << "a byte changed";
    changed = post;
    changed.front().before += " ";
    EXPECT_EQ(verdict_of(changed), "not_verified") << "a byte between the elements";
    if (post.size() > 1) {
      changed = post;
      std::swap(changed[0].body, changed[1].body);
      EXPECT_EQ(verdict_of(changed), post[0].body == post[1].body ? "yes" : "not_verified") << "two elements changed places";
      changed.pop_back();
      EXPECT_EQ(verdict_of(changed), "torn_post");
    }
  }
}

TEST_F(gateway_process, unreadable_bodies_with_a_valid_signature_are_kept) {
  start();
  EXPECT_EQ(post("{\"type\":").status, 200);
  auto events = published();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].body, "{\"type\":");
  EXPECT_FALSE(events[0].unreadable.empty());
}

TEST_F(gateway_process, foreign_accounts_alone_are_forbidden_and_mixed_ones_are_marked) {
  start();
  expect_problem(post(event_body(1, "someone-elses")), 403, "foreign_account");
  EXPECT_EQ(post("[" + event_body(1) + "," + event_body(2, "someone-elses") + "]").status, 200);
  auto events = published();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].unreadable.empty());
  EXPECT_NE(events[1].unreadable.find("foreign_account"), std::string::npos);
}

TEST_F(gateway_process, sources_reload_under_load_without_losing_a_request_and_bad_files_are_refused_whole) {
  start();
  std::atomic<bool> enough = false;
  std::atomic<int> sent = 0;
  auto load = std::async(std::launch::async, [&] {
    http::client c(base());
    int other_than_200 = 0;
    for (int id = 0; !enough; ++id, ++sent) {
      std::string body = event_body(id);
      auto r = c.send("POST", "/webhooks/acme/main", signed_headers(body), body);
      other_than_200 += !r || r->status != 200;
    }
    return other_than_200;
  });
  serve_sources(source_json("main") + "," + source_json("second"));
  EXPECT_TRUE(kafka::eventually([&] { return post(event_body(-1), "second").status == 200; }));
  write("sources.json", R"({"sources": {"main": {"provider": "nobody"}}})");
  EXPECT_TRUE(kafka::eventually(
      [&] { return metrics().find("millrace_config_last_reload_successful 0\n") != std::string::npos; }));
  EXPECT_EQ(post(event_body(-2), "second").status, 200);
  serve_sources(source_json("main"));
  process_->reload();
  EXPECT_TRUE(kafka::eventually([&] { return post(event_body(-3), "second").status == 503; }));
  enough = true;
  EXPECT_EQ(load.get(), 0);
  EXPECT_GT(sent, 0);
}

TEST_F(gateway_process, ending_finishes_what_is_in_flight) {
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rtt(700);
  auto waiting = std::async(std::launch::async, [&] { return post(event_body(1)); });
  EXPECT_TRUE(kafka::eventually([&] { return metrics().find("millrace_events_in_flight 1\n") != std::string::npos; }));
  process_->stop();
  EXPECT_TRUE(kafka::eventually([&] { return readiness().body.find("ending") != std::string::npos; }));
  auto r = waiting.get();
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.header("connection"), "close");
  EXPECT_EQ(running_.get(), 0);
  EXPECT_FALSE(http::client(base()).send("GET", "/", {}, {}, 2s));
}

TEST_F(gateway_process, ending_is_bounded_by_its_setting) {
  config_.shutdown_time = 1s;
  config_.limits.answer_time = 60s;
  config_.delivery_time = 3s;
  write("providers/acme/profile.json", [] {
    std::string p(a_profile);
    p.replace(p.find("3000"), 4, "60000");
    return p;
  }());
  start();
  EXPECT_EQ(post(event_body(0)).status, 200);
  rd_kafka_mock_broker_set_down(cluster_.get(), 1);
  auto waiting = std::async(std::launch::async, [&] {
    std::string body = event_body(1);
    return static_cast<bool>(http::client(base()).send("POST", "/webhooks/acme/main", signed_headers(body), body, 20s));
  });
  EXPECT_TRUE(kafka::eventually([&] { return metrics().find("millrace_events_in_flight 1\n") != std::string::npos; }));
  auto begun = steady::now();
  EXPECT_EQ(end(), 75);
  EXPECT_LT(steady::now() - begun, 8s);
  EXPECT_FALSE(waiting.get());
}

TEST_F(gateway_process, a_sources_own_rate_counts_verified_requests_only) {
  serve_sources(source_json("main", R"(, "requests_per_s_max": 5)"));
  start();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ask("POST", "/webhooks/acme/main", {{"Content-Type", "application/json"}}, "{}").status, 401);
  int accepted = 0, limited = 0;
  for (int i = 0; i < 20; ++i) {
    auto r = post(event_body(i));
    accepted += r.status == 200;
    limited += r.status == 429;
    if (r.status == 429) {
      expect_problem(r, 429, "over_rate");
    }
  }
  EXPECT_GE(accepted, 5);
  EXPECT_EQ(accepted + limited, 20);
}

TEST_F(gateway_process, workers_share_the_port) {
  config_.workers = 3;
  config_.http.shared_port = true;
  start();
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(post(event_body(i)).status, 200);
  EXPECT_EQ(published().size(), 12u);
}

TEST_F(gateway_process, speaks_tls_with_a_certificate_and_reads_it_again_when_it_changes) {
  auto make_certificate = [&](const std::string& name) {
    std::string at = folder_.string() + "/";
    std::string made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
                       " -addext subjectAltName=IP:127.0.0.1 -keyout " + at + "key.pem -out " + at + "cert.pem 2>/dev/null";
    ASSERT_EQ(std::system(made.c_str()), 0);
  };
  make_certificate("first");
  config_.http.certificate_file = folder_ / "cert.pem";
  config_.http.key_file = folder_ / "key.pem";
  start();
  std::string url = format("https://127.0.0.1:{}", process_->port()), body = event_body(1);
  auto post_tls = [&] {
    http::client c(url, folder_ / "cert.pem");
    return c.send("POST", "/webhooks/acme/main", signed_headers(body), body);
  };
  auto r = post_tls();
  ASSERT_TRUE(r) << r.error().text();
  EXPECT_EQ(r->status, 200) << r->body;
  make_certificate("second"); // the client trusts only this one now
  EXPECT_TRUE(kafka::eventually([&] {
    auto again = post_tls();
    return again && again->status == 200;
  }));
  EXPECT_EQ(published()[0].url, url + "/webhooks/acme/main");
}

TEST_F(gateway_process, faults_of_the_first_sources_file_stop_the_start) {
  write("sources.json", "{");
  EXPECT_THROW(start(), outage);
}

} // namespace
} // namespace millrace::gateway
