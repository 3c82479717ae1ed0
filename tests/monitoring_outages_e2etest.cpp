// Each alert that can be provoked within minutes is: on a real line, by our rules in a real Prometheus, up to a real Alertmanager
// with our routes, and on to a receiver. Consumers and the servers of $MILLRACE_RUN_DIR are killed, so nothing else may run on them.
//
// The rules are ours but for their times, which are divided by `faster`: a window of 15 minutes has 15 seconds, `for: 5m` is 5 s.
// Ages in seconds, which are compared with 300 and 60, are compared with 5 instead.
#include "monitored_line.hpp"
#include "own_servers.hpp"
#include "receiver.hpp"

#include "core/format.hpp"
#include "json/document.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::proof {
namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace std::chrono_literals;

constexpr std::int64_t faster = 60;
constexpr auto longest = 240s; // alerting tells what lasted a minute, and time comes in minutes

std::string shortened(std::string rules) {
  const std::regex time(R"((\[|\[[0-9]+s:|for: |offset )([0-9]+)([mhdw]))");
  const std::map<char, std::int64_t> seconds = {{'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}};
  std::smatch m;
  while (std::regex_search(rules, m, time))
    rules = m.prefix().str() + m[1].str() + std::to_string(std::max<std::int64_t>(1, std::stoll(m[2]) * seconds.at(m[3].str()[0]) / faster)) + "s" + m.suffix().str();
  rules = std::regex_replace(rules, std::regex("(_seconds\\)) > 300"), "$1 > 5");
  return std::regex_replace(rules, std::regex("(_seconds:max) > bool 60"), "$1 > bool 5");
}

// One of what an Alertmanager shows.
struct shown {
  std::string name, job;
  bool inhibited = false;
};

struct outages : monitored_line {
  receiver people; // who is told, by the receivers of the example
  std::atomic<bool> enough = false, tampering = false, tearing = false;
  std::thread traffic;

  void SetUp() override {
    ASSERT_TRUE(std::getenv("MILLRACE_RUN_DIR")) << "run it by `ops/test monitoring_outages`";
    monitored_line::SetUp();
  }
  void TearDown() override {
    enough = true;
    if (traffic.joinable())
      traffic.join();
    servers("start"); // the next test needs them
    monitored_line::TearDown();
  }

  // As docs/install.md says, with its receivers' addresses and secrets those of this test.
  std::string routes() {
    const auto command = all(text_of(root / "docs/install.md"), "\n(sed [^\n]*receivers\\.example\\.yml) >");
    EXPECT_EQ(command.size(), 1u);
    auto text = run(command.at(0)).said;
    text = std::regex_replace(text, std::regex("http://127\\.0\\.0\\.1:9095"), people.url());
    text = std::regex_replace(text, std::regex("/run/credentials/alertmanager"), folder.string());
    std::ofstream(folder / "page") << "a-token\n";
    std::ofstream(folder / "slack") << people.url() << "/services/T/B/X\n";
    return std::regex_replace(text, std::regex("group_wait: [0-9ms]+"), "group_wait: 1s");
  }

  // Posts five times a second, and as often what is wrong, while it is wanted.
  void send() {
    for (int n = 0; !enough; ++n) {
      const auto id = format("{}-s{}", account, n);
      post(text(id));
      if (tampering)
        for (int i = 0; i < 2; ++i)
          post(tampered(id + "-t"));
      if (tearing) {
        post(torn(id + "-u"));
        post(unheard_of(id + "-n"));
      }
      std::this_thread::sleep_for(200ms);
    }
  }

  bool fires(const std::string& name, const std::string& job) {
    const auto body = ask_prometheus("/api/v1/alerts");
    const auto told = json::parse(body);
    const auto all = told ? told->root().at("/data/alerts") : std::nullopt;
    if (all)
      for (const auto a : all->children())
        if (a.at("/state")->text() == "firing" && a.at("/labels/alertname")->text() == name && (job.empty() || (a.at("/labels/job") && a.at("/labels/job")->text() == job)))
          return true;
    return false;
  }
  std::vector<shown> shown_by_alertmanager() {
    std::vector<shown> all;
    const auto answer = http::client("http://" + alertmanager_address).send("GET", "/api/v2/alerts", {}, {}, 10s);
    const auto told = json::parse(answer ? answer->body : "[]");
    if (told)
      for (const auto a : told->root().children())
        all.push_back({std::string(a.at("/labels/alertname")->text()), a.at("/labels/job") ? std::string(a.at("/labels/job")->text()) : "", a.at("/status/inhibitedBy")->size() > 0});
    return all;
  }
  bool comes_to_alertmanager(const std::string& name, const std::string& job, bool inhibited) {
    const auto all = shown_by_alertmanager();
    return std::any_of(all.begin(), all.end(), [&](const auto& a) { return a.name == name && (job.empty() || a.job == job) && a.inhibited == inhibited; });
  }

  // Provoked: fires in Prometheus, and is shown by Alertmanager. `explained`: and is held back there.
  void expect_alert(const std::string& name, const std::string& job = {}, bool explained = false) {
    if (!until(longest, [&] { return fires(name, job); })) {
      ADD_FAILURE() << name << " " << job << " does not fire\n" << ask_prometheus("/api/v1/alerts");
      return;
    }
    EXPECT_TRUE(until(longest, [&] { return comes_to_alertmanager(name, job, explained); }))
        << name << " " << job << (explained ? " is not held back by what explains it" : " does not come to Alertmanager");
  }
  void expect_end(const std::string& name, const std::string& job = {}) {
    EXPECT_TRUE(until(longest, [&] { return !fires(name, job); })) << name << " " << job << " still fires";
  }
  bool told(const std::string& where, const std::string& what) {
    const auto all = people.posts();
    return std::any_of(all.begin(), all.end(), [&](const auto& p) { return p.starts_with(where + " ") && p.find(what) != std::string::npos; });
  }

  void restart(const std::string& name) {
    ASSERT_TRUE(programs.at(name)->start()) << name;
    if (name == "gateway")
      book.port = programs.at(name)->port("\"port\"");
    tell_prometheus(others());
  }
  std::vector<std::pair<std::string, const program*>> others() const {
    return second_gateway ? std::vector<std::pair<std::string, const program*>>{{"gateway", second_gateway.get()}} : std::vector<std::pair<std::string, const program*>>{};
  }

  // With TLS, by a certificate that ends soon; it stores nothing, and takes one connection a worker.
  void start_second_gateway() {
    const auto made = run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 5 -subj /CN=localhost -keyout '" + (folder / "tls.key").string() +
                          "' -out '" + (folder / "tls.pem").string() + "'");
    ASSERT_EQ(made.code, 0) << made.said;
    auto s = settings_of("gateway");
    s["MILLRACE_TLS_CERTIFICATE"] = (folder / "tls.pem").string();
    s["MILLRACE_TLS_KEY"] = (folder / "tls.key").string();
    s["MILLRACE_GATEWAY_PUBLISH"] = "off";
    s["MILLRACE_GATEWAY_CONNECTIONS"] = "1";
    second_gateway = std::make_unique<program>(fs::path(std::getenv("MILLRACE_BUILD_DIR")) / "services/gateway/gateway", folder, s, "second-gateway");
    ASSERT_TRUE(second_gateway->start()) << second_gateway->log();
    tell_prometheus(others());
  }
  // More than it may have, at once.
  void open_connections() {
    std::vector<int> open;
    for (int i = 0; i < 12; ++i) {
      const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      at.sin_port = htons(static_cast<std::uint16_t>(second_gateway->port("\"port\"")));
      ::connect(s, reinterpret_cast<sockaddr*>(&at), sizeof at);
      open.push_back(s);
    }
    for (const int s : open)
      ::close(s);
  }

  const pipeline::service& service(const std::string& name) const {
    return *std::find_if(services.begin(), services.end(), [&](const auto& s) { return s.name == name; });
  }

  std::unique_ptr<program> second_gateway;
};

} // namespace

TEST_F(outages, each_is_told_by_its_alert_and_its_consequences_are_held_back) {
  start_alertmanager(routes());
  ASSERT_NO_FATAL_FAILURE(start_all());
  bind_all();
  some_traffic();
  ASSERT_TRUE(wait_until_folded());
  start_prometheus(shortened);
  traffic = std::thread([this] { send(); });

  // ── a bug of ours, which alerting tells of its project, too; nobody takes its notices at the webhook ──
  const auto& contact_sync = service("contact-sync");
  sql->query("insert into " + contact_sync.own("stuck_groups") + " select project_id, 'phone_group', 'made by a test', 'made by a test' from " + contact_sync.own("projects") + " limit 1");
  sql->query("insert into " + contact_sync.own("findings") + " values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'test', 'g', 'shared_identity', 's', 'made by a test')");

  // ── what is wrong with what is posted, and with who may post ──
  write_sources_of_all(instant{now().us + 3 * 86'400 * second_us});
  ASSERT_NO_FATAL_FAILURE(start_second_gateway());
  tampering = true;
  expect_alert("MillraceBadSignatures");
  tampering = false;
  tearing = true;
  expect_alert("MillraceErrorRate", "contact-sync");
  expect_alert("MillraceUnknownTypes");
  tearing = false;
  EXPECT_TRUE(until(longest, [&] { return open_connections(), fires("MillraceConnectionsTurnedAway", "gateway"); }));
  expect_alert("MillraceNotReady", "gateway");
  expect_alert("MillraceCertificateEnds", "gateway");
  expect_alert("MillraceKeyEnds");
  EXPECT_TRUE(until(longest, [&] { return told("/page", "MillraceNotReady"); })) << "what is critical goes to whoever is paged";
  EXPECT_TRUE(until(longest, [&] { return told("/services/T/B/X", "MillraceKeyEnds"); })) << "a ticket goes to the channel";
  EXPECT_FALSE(told("/page", "MillraceKeyEnds"));
  const auto good = text_of(folder / "sources.json");
  std::ofstream(folder / "sources.json") << good.substr(0, good.size() / 2);
  expect_alert("MillraceConfigReloadFailed", "gateway");
  std::ofstream(folder / "sources.json") << good;
  expect_end("MillraceConfigReloadFailed");

  sql->query("update " + contact_sync.own("applied") + " set stuck = stuck + 1, applied = applied - 1 where applied > 0");
  expect_alert("MillraceEventsStuck", "contact-sync");
  expect_alert("MillraceGroupsStuck", "contact-sync");
  expect_alert("MillraceFindings", "contact-sync");
  EXPECT_TRUE(until(longest, [&] { return comes_to_alertmanager("stuck", "millrace", true); })) << "alerting tells of the project what Prometheus tells of the service";
  expect_alert("MillraceNotifierAway", "alerting");

  // ── a consumer that is gone; then its place in the log is none ──
  const auto& mapping = service("message-mapping");
  programs.at("message-mapping")->kill();
  expect_alert("MillraceConsumerGone", "message-mapping");
  sql->query("update " + mapping.own("applied") + " set first_offset = first_offset + 1000000, next_offset = next_offset + 1000000 where topic = 'raw.texting'");
  ASSERT_NO_FATAL_FAILURE(restart("message-mapping"));
  expect_end("MillraceConsumerGone", "message-mapping");
  expect_alert("MillracePartitionStopped", "message-mapping");
  programs.at("message-mapping")->kill();
  sql->query("update " + mapping.own("applied") + " set first_offset = first_offset - 1000000, next_offset = next_offset - 1000000 where topic = 'raw.texting'");
  ASSERT_NO_FATAL_FAILURE(restart("message-mapping"));
  expect_end("MillracePartitionStopped", "message-mapping");

  // ── no gateway ──
  second_gateway.reset();
  programs.at("gateway")->kill();
  tell_prometheus();
  expect_alert("MillraceGatewayGone", "gateway");
  ASSERT_NO_FATAL_FAILURE(restart("gateway"));
  expect_end("MillraceGatewayGone");

  // ── Postgres, then Kafka ──
  sql.reset();
  servers("kill postgres");
  expect_alert("MillracePostgresAway", "contact-sync");
  expect_alert("MillraceEventsWait", "contact-sync", true);
  expect_alert("MillraceFreshBurnsFast", "contact-sync", true);
  servers("start postgres");
  expect_end("MillracePostgresAway");
  servers("kill kafka");
  expect_alert("MillraceKafkaAway", "gateway");
  expect_alert("MillraceKafkaAway", "contact-sync");
  expect_alert("MillraceAcceptedBurnsFast", "gateway", true);
  expect_alert("MillraceProducerErrors", "gateway", true);
  servers("start kafka");
  expect_end("MillraceKafkaAway");
  EXPECT_TRUE(until(still_most, [&] { return all_ready(); }));
  expect_end("MillraceProducerErrors");
}

} // namespace millrace::proof
