// Alerts of what is away or wrong, provoked for real: on a real line, by our rules in a real Prometheus, up to a real Alertmanager
// with our routes, and on to a receiver. Consumers and the servers of $MILLRACE_RUN_DIR are killed, so nothing else may run on them.
// What strains a line that goes on is provoked in monitoring_strains.cpp.
#include "alerted_line.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::proof {
namespace {

using namespace millrace::checkout;

struct outages : alerted_line {
  // With TLS, by a certificate that ends soon; it stores nothing, and takes one connection a worker.
  program& start_second_gateway() {
    const auto made = run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 5 -subj /CN=localhost -keyout '" + (folder / "tls.key").string() +
                          "' -out '" + (folder / "tls.pem").string() + "'");
    EXPECT_EQ(made.code, 0) << made.said;
    return start_another("gateway", {{"MILLRACE_TLS_CERTIFICATE", (folder / "tls.pem").string()}, {"MILLRACE_TLS_KEY", (folder / "tls.key").string()},
                                     {"MILLRACE_GATEWAY_PUBLISH", "off"}, {"MILLRACE_GATEWAY_CONNECTIONS", "1"}});
  }
  // More than it may have, at once.
  static void open_connections(const program& gateway) {
    std::vector<int> open;
    for (int i = 0; i < 12; ++i) {
      const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      at.sin_port = htons(static_cast<std::uint16_t>(gateway.port("\"port\"")));
      ::connect(s, reinterpret_cast<sockaddr*>(&at), sizeof at);
      open.push_back(s);
    }
    for (const int s : open)
      ::close(s);
  }
};

} // namespace

TEST_F(outages, each_is_told_by_its_alert_and_its_consequences_are_held_back) {
  ASSERT_NO_FATAL_FAILURE(start_watched_line());

  // ── a bug of ours, which alerting tells of its project, too; nobody takes its notices at the webhook ──
  const auto& contact_sync = service("contact-sync");
  sql->query("insert into " + contact_sync.own("stuck_groups") + " select project_id, 'phone_group', 'made by a test', 'made by a test' from " + contact_sync.own("projects") + " limit 1");
  sql->query("insert into " + contact_sync.own("findings") + " values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'test', 'g', 'shared_identity', 's', 'made by a test')");

  // ── what is wrong with what is posted, and with who may post ──
  write_sources_of_all(instant{now().us + 3 * 86'400 * second_us});
  const auto& second_gateway = start_second_gateway();
  tampering = true;
  expect_alert("MillraceBadSignatures");
  tampering = false;
  tearing = true;
  expect_alert("MillraceErrorRate", "contact-sync");
  expect_alert("MillraceUnknownTypes");
  tearing = false;
  EXPECT_TRUE(until(longest, [&] { return open_connections(second_gateway), fires("MillraceConnectionsTurnedAway", "gateway"); }));
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
  end_others();
  programs.at("gateway")->kill();
  expect_alert("MillraceGatewayGone", "gateway");
  ASSERT_NO_FATAL_FAILURE(restart("gateway"));
  expect_end("MillraceGatewayGone");

  // ── Postgres, then Kafka ──
  sql.reset();
  servers("kill postgres");
  expect_alert("MillracePostgresAway", "contact-sync");
  expect_alert("MillraceEventsWait", "contact-sync", true);
  expect_alert("MillraceFreshBurnsFast", "contact-sync", true);
  expect_alert("MillraceLoopPauses", "contact-sync", true);
  expect_alert("MillraceJobsNotHandedOut", "gateway", true);
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

  // ── all is well again; what it cost of the month's allowance is still told ──
  expect_end("MillraceAcceptedBurnsFast", "gateway");
  expect_alert("MillraceAcceptedBurnsSlowly", "gateway");
  expect_end("MillraceFreshBurnsFast", "contact-sync");
  expect_alert("MillraceFreshBurnsSlowly", "contact-sync");
}

} // namespace millrace::proof
