#include "kafka/client.hpp"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

TEST(kafka_settings, what_librdkafka_knows_passes) {
  client_settings s;
  s.properties = {{"brokers", "127.0.0.1:9092"},
                  {"linger.ms", "5"},
                  {"security.protocol", "sasl_ssl"},
                  {"sasl.mechanisms", "PLAIN"},
                  {"group.instance.id", "one"}};
  EXPECT_TRUE(check_settings(s).empty());
}

TEST(kafka_settings, all_faults_come_at_once_and_name_their_variable) {
  client_settings s;
  s.brokers = "";
  s.properties = {{"linger.milliseconds", "5"}, {"acks", "many"}};
  const auto faults = check_settings(s);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].place, "MILLRACE_KAFKA_BROKERS");
  EXPECT_EQ(faults[1].place, "MILLRACE_KAFKA_ACKS");
  EXPECT_EQ(faults[2].place, "MILLRACE_KAFKA_LINGER_MILLISECONDS");
}

} // namespace
} // namespace millrace::kafka
