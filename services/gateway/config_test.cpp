#include "config.hpp"

#include <gtest/gtest.h>

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

TEST(gateway_config, what_does_not_go_together_is_told_with_the_rest) {
  const auto faults = faults_of({{"MILLRACE_HTTP_PORT", "http"}, {"MILLRACE_GATEWAY_PUBLISH", "off"}, {"MILLRACE_TLS_CERTIFICATE", "c.pem"},
                                 {"MILLRACE_KAFKA_LINGER_MSS", "1"}});
  ASSERT_EQ(faults.size(), 4u);
  EXPECT_TRUE(faults[1].starts_with("not_allowed at MILLRACE_GATEWAY_PUBLISH")) << faults[1];
  EXPECT_TRUE(faults[2].starts_with("incomplete at MILLRACE_TLS_CERTIFICATE")) << faults[2];
  EXPECT_TRUE(faults[3].starts_with("bad_setting at MILLRACE_KAFKA_LINGER_MSS")) << faults[3];
}

} // namespace
} // namespace millrace::gateway
