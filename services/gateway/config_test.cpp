#include "config.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace millrace::gateway {
namespace {

std::vector<std::string> faults_of(settings::variables environment) {
  environment.emplace("MILLRACE_SOURCES", "sources.json");
  settings from(std::move(environment));
  std::vector<std::string> texts;
  for (const fault& f : config::read(from).faults)
    texts.push_back(f.text());
  return texts;
}

TEST(gateway_config, needs_its_sources_and_nothing_else) {
  EXPECT_EQ(faults_of({}), std::vector<std::string>{});
  settings nothing{settings::variables{}};
  ASSERT_EQ(config::read(nothing).faults.size(), 1u);
}

TEST(gateway_config, a_property_that_would_undo_a_2xx_is_a_fault) {
  const auto faults = faults_of({{"MILLRACE_KAFKA_ACKS", "0"}, {"MILLRACE_KAFKA_ENABLE_IDEMPOTENCE", "false"}});
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_TRUE(faults[0].starts_with("not_allowed at MILLRACE_KAFKA_ACKS: ")) << faults[0];
  EXPECT_TRUE(faults[1].starts_with("not_allowed at MILLRACE_KAFKA_ENABLE_IDEMPOTENCE: ")) << faults[1];
}

TEST(gateway_config, kafkas_client_takes_what_our_limits_let_through) {
  settings little(settings::variables{{"MILLRACE_SOURCES", "sources.json"}});
  EXPECT_EQ(config::read(little).kafka.properties.at("queue.buffering.max.messages"), "100000");
  settings much(settings::variables{{"MILLRACE_SOURCES", "sources.json"},
                                    {"MILLRACE_GATEWAY_EVENTS_IN_FLIGHT", "300000"},
                                    {"MILLRACE_GATEWAY_BYTES_IN_FLIGHT", "1073741824"}});
  const config c = config::read(much);
  EXPECT_EQ(c.kafka.properties.at("queue.buffering.max.messages"), "300000");
  EXPECT_GE(std::stol(c.kafka.properties.at("queue.buffering.max.kbytes")), 1'048'576);
  EXPECT_TRUE(kafka::check_settings(c.kafka).empty());
}

TEST(gateway_config, a_certificate_that_cannot_be_used_is_a_fault_before_the_start) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "no.pem") << "no certificate";
  auto faults = faults_of({{"MILLRACE_TLS_CERTIFICATE", "/nowhere/c.pem"}, {"MILLRACE_TLS_KEY", "/nowhere/k.pem"}});
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0], "unreadable_file at MILLRACE_TLS_CERTIFICATE: cannot read the file /nowhere/c.pem");
  EXPECT_EQ(faults[1], "unreadable_file at MILLRACE_TLS_KEY: cannot read the file /nowhere/k.pem");
  faults = faults_of({{"MILLRACE_TLS_CERTIFICATE", folder + "no.pem"}, {"MILLRACE_TLS_KEY", folder + "no.pem"}});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_TRUE(faults[0].starts_with("bad_certificate at MILLRACE_TLS_CERTIFICATE: cannot use ")) << faults[0];
  EXPECT_EQ(faults_of({{"MILLRACE_TLS_CERTIFICATE", folder + "no.pem"}}).size(), 1u);
}

TEST(gateway_config, a_variable_that_nobody_reads_is_a_warning) {
  settings from(settings::variables{{"MILLRACE_SOURCES", "sources.json"}, {"MILLRACE_HTTP_PROT", "80"}, {"MILLRACE_BATCH_WAIT", "1s"}});
  const config c = config::read(from);
  EXPECT_TRUE(c.faults.empty());
  ASSERT_EQ(c.warnings.size(), 1u);
  EXPECT_EQ(c.warnings[0].place, "MILLRACE_HTTP_PROT");
}

TEST(gateway_config, what_does_not_go_together_is_told_with_the_rest) {
  const auto faults = faults_of({{"MILLRACE_HTTP_PORT", "http"}, {"MILLRACE_GATEWAY_PUBLISH", "off"}, {"MILLRACE_TLS_CERTIFICATE", "/dev/null"},
                                 {"MILLRACE_KAFKA_LINGER_MSS", "1"}});
  ASSERT_EQ(faults.size(), 4u);
  EXPECT_TRUE(faults[1].starts_with("not_allowed at MILLRACE_GATEWAY_PUBLISH")) << faults[1];
  EXPECT_TRUE(faults[2].starts_with("incomplete at MILLRACE_TLS_CERTIFICATE")) << faults[2];
  EXPECT_TRUE(faults[3].starts_with("bad_setting at MILLRACE_KAFKA_LINGER_MSS")) << faults[3];
}

} // namespace
} // namespace millrace::gateway
