// Every route, method and status of the API's document, met on a real gateway with a real Kafka (lead workers' with a real
// Postgres): what is documented is answered, and what is answered is documented.
#include "documented_routes.hpp"
#include "gateway/routes.hpp"
#include "gateway/testing_lead_workers.hpp"

#include "core/format.hpp"
#include "http/admin_server.hpp"
#include "provider/examples.hpp"
#include "testing/senders.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::gateway {
namespace {

constexpr auto short_time = 500ms; // for a header and for a body
constexpr std::string_view path_secret = "s3cret-path-s3cret";
const std::set<std::string> all_methods = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};

// What a server says to bytes that no client of ours would send; its status, 0 when it says nothing.
int status_of_raw(std::uint16_t port, const std::string& bytes) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string said;
  if (::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
    static_cast<void>(::send(s, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    char piece[4096];
    for (ssize_t n; said.find("\r\n\r\n") == std::string::npos && (n = ::recv(s, piece, sizeof piece, 0)) > 0;)
      said.append(piece, static_cast<std::size_t>(n));
  }
  ::close(s);
  return said.starts_with("HTTP/1.1 ") ? std::atoi(said.c_str() + 9) : 0;
}

// What is wrong as HTTP, and not answered by what the path means.
void meet_http_faults(proof::documented_routes& routes, std::uint16_t port, const std::string& path, const std::string& method, const std::string& target) {
  const std::string first = method + " " + target + " HTTP/1.1\r\nHost: here\r\n";
  for (const std::string& wrong : {
           first + "Content-Length: x\r\n\r\n",                                  // 400
           first + "Expect: tea\r\n\r\n",                                        // 417
           first + "X-Long: " + std::string(20'000, 'x') + "\r\n\r\n",           // 431
           first + "Transfer-Encoding: gzip\r\n\r\n",                            // 501
           method + " " + target + " HTTP/2.0\r\nHost: here\r\n\r\n",            // 505
           first})                                                               // 408, when its time is over
    routes.met(path, method, status_of_raw(port, wrong));
}

// ── webhooks ──

// Every family of every provider as sources: a plain one, one that may post once a second, one that may speak for nobody who posts;
// and each of them behind a secret path, too.
class every_source {
public:
  every_source() {
    std::vector<fault> faults;
    profiles = catalogue::embedded(faults);
    examples_ = embedded_examples(faults);
    EXPECT_TRUE(faults.empty());
    w_.begin_object().name("sources").begin_object();
    for (const auto& [name, p] : profiles.all())
      for (const auto& [family_name, f] : p.families)
        if (!f->made_here && f->calls.empty())
          add(*f);
    w_.end_object().end_object();
  }
  const std::string& json() const { return w_.text(); }
  static std::string name_of(const family& f, const std::string& kind) { return f.provider + "-" + f.name + kind; }

  // A webhook of the family as its provider would sign it; nothing where the signature has no such form.
  std::optional<millrace::outgoing> signed_request(const family& f, const std::string& method, const std::string& url, const std::string& body) const {
    const signature_rule& rule = f.signatures.front();
    millrace::outgoing r;
    r.method = method;
    r.url = method == "GET" ? url + "?" + body : url;
    r.body = method == "GET" ? "" : body;
    if (method == "POST" && !f.content_types.empty())
      r.headers = {{"Content-Type", f.content_types.front()}};
    static int messages = 0;
    auto done = sign({&rule, keys_.at(f.provider + "/" + f.name).signs}, std::move(r), now(), format("msg_{}", ++messages));
    EXPECT_TRUE(done) << f.provider << "/" << f.name << ": " << (done ? "" : done.error().text());
    if (!done)
      return std::nullopt;
    return *done;
  }
  // A body that its provider sent, of a handshake or of events that can be read.
  std::string body_of(const family& f, bool handshake) const {
    for (const example& e : examples_)
      if (e.provider == f.provider && e.family == f.name && !e.body.empty())
        if (const auto events = events_of(profiles, e);
            events && events->empty() == handshake && std::all_of(events->begin(), events->end(), [](const event& one) { return one.unreadable.empty(); }))
          return e.body;
    return {};
  }

  catalogue profiles;

private:
  void add(const family& f) {
    keys_[f.provider + "/" + f.name] = trial::make_key(f.signatures.front());
    std::set<std::string> accounts, app_ids;
    for (const example& e : examples_)
      if (e.provider == f.provider && e.family == f.name) {
        accounts.insert(e.accounts.begin(), e.accounts.end());
        app_ids.insert(e.app_ids.begin(), e.app_ids.end());
      }
    for (const std::string kind : {"", "-slow", "-foreign", "-secret", "-slow-secret", "-foreign-secret"}) {
      const bool foreign = kind.starts_with("-foreign");
      w_.name(name_of(f, kind)).begin_object().name("provider").string(f.provider).name("family").string(f.name);
      const auto its_accounts = foreign ? std::set<std::string>{"nobody-who-posts"} : accounts;
      if (!f.scoped_keys && !its_accounts.empty() && !(its_accounts.contains("*") && f.app_id.empty()))
        write_texts("accounts", its_accounts);
      if (!f.app_id.empty())
        write_texts("app_ids", app_ids);
      if (kind.ends_with("-secret"))
        w_.name("path_secret").begin_object().name("inline").string(path_secret).end_object();
      if (kind.starts_with("-slow"))
        w_.name("requests_per_s_max").number(1);
      w_.name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string(f.signatures.front().id);
      w_.name("inline").string(keys_.at(f.provider + "/" + f.name).verifies);
      if (f.scoped_keys) {
        write_texts("accounts", foreign ? its_accounts : std::set<std::string>{"*"});
        write_texts("types", {"*"});
      }
      w_.end_object().end_array().end_object();
    }
  }
  void write_texts(const std::string& name, const std::set<std::string>& texts) {
    w_.name(name).begin_array();
    for (const std::string& text : texts)
      w_.string(text);
    w_.end_array();
  }

  std::vector<example> examples_;
  std::map<std::string, trial::key_pair> keys_;
  json::writer w_;
};

class webhooks_of_all : public testing::Test {
protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / kafka::unique_name("routes");
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "sources.json") << sources_.json();
    std::vector<fault> faults;
    ASSERT_TRUE(kafka::apply_topics(kafka::real_kafka(), kafka::embedded_topics(faults)).empty());
    gate_.emplace(settings("0s"));
    young_.emplace(settings("1h"));
    ASSERT_TRUE(until([&] { return gate_->is_ready() && young_->is_ready(); })) << "not ready";
  }
  void TearDown() override {
    gate_.reset();
    young_.reset();
    std::filesystem::remove_all(folder_);
  }

  config settings(const std::string& young_time) const {
    millrace::settings from(millrace::settings::variables{
        {"MILLRACE_SOURCES", (folder_ / "sources.json").string()}, {"MILLRACE_HTTP_PORT", "0"}, {"MILLRACE_ADMIN_PORT", "0"}, {"MILLRACE_DEV_MODE", "1"},
        {"MILLRACE_KAFKA_BROKERS", kafka::real_kafka().brokers}, {"MILLRACE_GATEWAY_ANSWER_TIME", "10s"}, {"MILLRACE_GATEWAY_YOUNG_TIME", young_time},
        {"MILLRACE_GATEWAY_HEADER_TIME", format("{}ms", short_time.count())}, {"MILLRACE_GATEWAY_BODY_TIME", format("{}ms", short_time.count())}});
    auto c = config::read(from);
    for (const auto& f : c.faults)
      ADD_FAILURE() << f.text();
    return c;
  }

  http::response ask(const std::string& base, const std::string& method, const std::string& target, const header_list& headers, std::string_view body) {
    http::client c(base);
    const auto got = c.send(method, target, headers, body, 30s);
    EXPECT_TRUE(got) << method << " " << target << ": " << (got ? "" : got.error().text());
    return got ? *got : http::response{};
  }
  http::response ask(const std::string& method, const std::string& target, const header_list& headers = {}, std::string_view body = {}) {
    return ask(gate_->base(), method, target, headers, body);
  }
  http::response send(const millrace::outgoing& r) { return ask(r.method, r.url.substr(gate_->base().size()), r.headers, r.body); }

  // Where a source of this kind is posted to, by a path of the document.
  std::string target_of(const std::string& path, const family& f, const std::string& kind) {
    const bool secret = path.ends_with("/{path_secret}");
    return "/webhooks/" + f.provider + "/" + every_source::name_of(f, kind + (secret ? "-secret" : "")) + (secret ? "/" + std::string(path_secret) : "");
  }

  void meet_all(const std::string& path, const std::string& method, const std::vector<const family*>& families) {
    const std::string nobody = "/webhooks/" + families.front()->provider + "/nobody" + (path.ends_with("/{path_secret}") ? "/secret" : "");
    routes_.met(path, method, ask(method, nobody));
    routes_.met(path, method, ask(young_->base(), method, nobody, {}, {}));
    meet_http_faults(routes_, static_cast<std::uint16_t>(gate_->process.port()), path, method, target_of(path, *families.front(), ""));
    for (const family* f : families)
      meet_family(path, method, *f);
  }

  void meet_family(const std::string& path, const std::string& method, const family& f) {
    SCOPED_TRACE(method + " " + path + " " + f.name);
    const std::string target = target_of(path, f, "");
    if (method == "OPTIONS" || (method == "GET" && !takes_get(f, ""))) {
      routes_.met(path, method, ask(method, target));
      return;
    }
    std::string body = sources_.body_of(f, false);
    const std::string type = f.content_types.empty() ? "application/json" : f.content_types.front();
    ASSERT_FALSE(body.empty()) << "it has no example";
    http::response accepted; // at once, or when the gateway's producer has found Kafka
    EXPECT_TRUE(until([&] {
      const auto good = sources_.signed_request(f, method, gate_->base() + target, body);
      accepted = good ? send(*good) : http::response{};
      routes_.met(path, method, accepted);
      return accepted.status != sources_.profiles.find(f.provider)->answers.unavailable;
    }));
    EXPECT_EQ(accepted.status, sources_.profiles.find(f.provider)->answers.accepted) << accepted.body;
    if (const std::string asks = sources_.body_of(f, true); !asks.empty())
      routes_.met(path, method, send(*sources_.signed_request(f, method, gate_->base() + target, asks)));
    routes_.met(path, method, ask(method, target, {{"Content-Type", type}}, method == "GET" ? "" : body)); // not signed
    routes_.met(path, method, ask(method, target, {{"Content-Type", type}, {"Content-Encoding", "gzip"}}, method == "GET" ? "" : body));
    routes_.met(path, method, status_of_raw(static_cast<std::uint16_t>(gate_->process.port()),
                                            method + " " + target + " HTTP/1.1\r\nHost: here\r\nContent-Type: " + type + "\r\nContent-Length: 99999999\r\n\r\n"));
    meet_limits(path, method, f, body);
  }

  void meet_limits(const std::string& path, const std::string& method, const family& f, const std::string& body) {
    const auto to = [&](const std::string& kind, const std::string& what) { return *sources_.signed_request(f, method, gate_->base() + target_of(path, f, kind), what); };
    routes_.met(path, method, send(to("-foreign", body)));
    if (const auto named = with_member(body, "/account", "\"somebody\"")) // where an example leaves it to the source
      routes_.met(path, method, send(to("-foreign", *named)));
    for (int n = 0; n < 2; ++n)
      routes_.met(path, method, send(to("-slow", body)));
  }

  // By its documented methods alone.
  void expect_nothing_else(const std::string& path, const family& f) {
    for (const std::string& method : all_methods)
      if (!routes_.methods(path).contains(method)) {
        const auto r = ask(method, target_of(path, f, ""));
        EXPECT_EQ(r.status, 405) << method << " " << path;
        for (const std::string told : {"POST", "OPTIONS"})
          EXPECT_NE(r.header("allow").find(told), std::string_view::npos) << method << " " << path << ": " << r.header("allow");
        EXPECT_EQ(r.header("allow").find(method), std::string_view::npos) << path << ": " << r.header("allow");
      }
  }

  every_source sources_;
  proof::documented_routes routes_;
  std::filesystem::path folder_;
  std::optional<running_gateway> gate_, young_;
};

TEST_F(webhooks_of_all, every_documented_status_is_answered_and_no_other) {
  std::set<std::string> met;
  for (const std::string& path : routes_.paths()) {
    const bool plain = path.ends_with("/{source}"), secret = path.ends_with("/{source}/{path_secret}");
    if (!plain && !secret)
      continue;
    const std::string provider = path.substr(webhooks.size(), path.find('/', webhooks.size()) - webhooks.size());
    std::vector<const family*> families;
    for (const auto& [name, f] : sources_.profiles.find(provider)->families)
      if (!f->made_here && f->calls.empty())
        families.push_back(f.get());
    for (const std::string& method : routes_.methods(path))
      meet_all(path, method, families);
    expect_nothing_else(path, *families.front());
    met.insert(path);
  }
  EXPECT_GE(met.size(), 2u * 9u);
  routes_.expect_all_met(met);
}

TEST_F(webhooks_of_all, every_source_kind_has_its_own_path_and_there_is_nothing_else) {
  for (const char* target : {"/", "/webhooks", "/webhooks/", "/webhooks/ghl", "/webhooks/ghl/ghl-marketplace/a", "/webhooks/ghl/ghl-marketplace-secret/a/b", "/metrics", "/healthz",
                             "/readyz", "/openapi.json", "/api/ghl"})
    for (const std::string& method : all_methods) {
      const auto r = ask(method, target);
      EXPECT_EQ(r.status, 404) << method << " " << target << ": " << r.body;
    }
}

// ── lead workers ──

class calls_of_all : public lead_workers {
protected:
  config read_settings() override {
    auto c = lead_workers::read_settings();
    c.http.header_time = c.http.body_time = short_time;
    return c;
  }
  // One that the admission of that call takes; pulls take the older jobs.
  call good(const std::string& name, const std::string& method) const {
    return {.method = method, .path = "/" + name, .body = name == "claim_job" || name == "report_results" ? R"({"job_id":"20"})" : ""};
  }
  std::string path_of(const std::string& name) const { return "/webhooks/leads/{source}/" + name; }
  void met(const std::string& name, const std::string& method, const http::response& r) { routes.met(path_of(name), method, r); }

  void meet_without_being_let_in(const std::string& name, const std::string& method) {
    const std::string to = target("/" + name), nobody = "/webhooks/leads/nobody/" + name;
    met(name, method, send(gate->base(), method, nobody, {}, {}));
    met(name, method, send(gate->base(), method, account_of_acts() + "/" + name, {}, {})); // a source that has no calls
    meet_http_faults(routes, static_cast<std::uint16_t>(gate->process.port()), path_of(name), method, to);
    if (method == "OPTIONS")
      return met(name, method, send(gate->base(), method, to, {}, {}));
    met(name, method, send(gate->base(), method, to, {}, {})); // not signed
    met(name, method, send(gate->base(), method, to, {{"Content-Encoding", "gzip"}}, {}));
    routes.met(path_of(name), method, status_of_raw(static_cast<std::uint16_t>(gate->process.port()), method + " " + to + " HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999\r\n\r\n"));
  }
  std::string account_of_acts() const { return "/webhooks/leads/" + account + "-acts"; }

  void each(const std::function<void(const std::string& name, const std::string& method)>& visit, bool options = false) {
    for (const std::string name : {"heartbeat", "pull_job", "claim_job", "report_results"})
      for (const std::string& method : routes.methods(path_of(name)))
        if (method != "OPTIONS" || options)
          visit(name, method);
  }

  proof::documented_routes routes;
};

TEST_F(calls_of_all, every_documented_status_is_answered_and_no_other) {
  each([&](const auto& name, const auto& method) { meet_without_being_let_in(name, method); }, true);
  two_workers();
  jobs(1, 20);
  admin("worker.configured", R"({"worker_id":"w1","rate_limit_per_min":1000000})");
  each([&](const auto& name, const auto& method) {
    const auto c = good(name, method);
    met(name, method, ask(c));
    met(name, method, ask(c)); // the same again
    auto nothing = c;
    nothing.nonce = to_hex(crypto::random_bytes(16));
    nothing.body = name == "claim_job" ? R"({"job_id":"that nobody has"})" : "{}";
    met(name, method, ask(nothing)); // of no job, or of one that cannot be had
    nothing.nonce = to_hex(crypto::random_bytes(16));
    nothing.body = "{}";
    met(name, method, ask(nothing));
  });
  set("system_stop", "true");
  each([&](const auto& name, const auto& method) { met(name, method, ask(good(name, method))); });
  set("system_stop", "false");
  set("worker_rate_limit_per_min", "1");
  each([&](const auto& name, const auto& method) {
    auto late = good(name, method);
    late.worker = "w2";
    late.secret = "the secret of w2";
    EXPECT_TRUE(until([&] {
      late.nonce = to_hex(crypto::random_bytes(16));
      const auto r = ask(late);
      met(name, method, r);
      return r.status == 429;
    })) << name;
  });
  set("internal_server_enabled", "false");
  each([&](const auto& name, const auto& method) { met(name, method, ask(good(name, method))); });
  std::set<std::string> paths;
  each([&](const auto& name, const auto&) { paths.insert(path_of(name)); });
  routes.expect_all_met(paths);
}

// ── the admin port ──

TEST(admin_port, every_documented_status_is_answered_and_no_other) {
  proof::documented_routes routes;
  metrics::registry registry("test");
  std::atomic<bool> well = true;
  http::admin_server admin("127.0.0.1", 0, registry, [&] { return std::vector<http::check>{{"thing", well, "as it is", "mend it"}}; },
                           [&] { return std::string(well ? "" : "a loop hangs"); });
  std::set<std::string> met;
  for (const http::admin_page& page : http::admin_pages()) {
    const std::string path(page.path);
    met.insert(path);
    for (const std::string& method : all_methods) {
      for (const bool is_well : {true, false}) {
        well = is_well;
        http::client c(format("http://127.0.0.1:{}", admin.port()));
        const auto r = c.send(method, path, {}, {}, 10s);
        ASSERT_TRUE(r) << method << " " << path;
        if (routes.methods(path).contains(method))
          routes.met(path, method, *r);
        else
          EXPECT_EQ(r->status, 405) << method << " " << path;
      }
      if (routes.methods(path).contains(method))
        routes.met(path, method, status_of_raw(admin.port(), method + " " + path + " HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\n12345"));
    }
  }
  http::client c(format("http://127.0.0.1:{}", admin.port()));
  for (const char* target : {"/", "/metric", "/webhooks/ghl/x", "/healthz/"})
    EXPECT_EQ(c.send("GET", target, {}, {}, 10s)->status, 404) << target;
  routes.expect_all_met(met);
}

} // namespace
} // namespace millrace::gateway
