#include "pipeline/consumer_config.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

std::vector<std::string> faults_of(settings::variables environment, const std::string& service_name = "contact-sync") {
  settings from(std::move(environment));
  std::vector<std::string> texts;
  for (const auto& f : read_consumer_config(from, service_name).faults)
    texts.push_back(f.text());
  return texts;
}

} // namespace

TEST(consumer_config, needs_nothing_to_be_set) { EXPECT_EQ(faults_of({}), std::vector<std::string>{}); }

TEST(consumer_config, a_property_that_would_undo_the_offset_rows_is_a_fault_of_the_settings) {
  const auto faults = faults_of({{"MILLRACE_KAFKA_AUTO_OFFSET_RESET", "latest"}, {"MILLRACE_KAFKA_LINGER_MS", "abc"}});
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_TRUE(faults[0].starts_with("not_allowed at MILLRACE_KAFKA_AUTO_OFFSET_RESET: `latest` is refused, it stays `error`")) << faults[0];
  EXPECT_TRUE(faults[1].starts_with("bad_setting at MILLRACE_KAFKA_LINGER_MS: ")) << faults[1];
}

TEST(consumer_config, a_group_that_is_not_the_services_alone_is_refused) {
  EXPECT_EQ(faults_of({{"MILLRACE_KAFKA_GROUP_ID", "staging.contact-sync"}}), std::vector<std::string>{});
  const auto faults = faults_of({{"MILLRACE_KAFKA_GROUP_ID", "staging.contact-sync"}}, "message-mapping");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_TRUE(faults[0].starts_with("not_allowed at MILLRACE_KAFKA_GROUP_ID: `staging.contact-sync` is refused for message-mapping")) << faults[0];
}
