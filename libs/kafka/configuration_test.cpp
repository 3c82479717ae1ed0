#include "core/failure.hpp"
#include "kafka/client.hpp"
#include "kafka/configuration.hpp"

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

TEST(kafka_settings, what_a_2xx_and_the_offset_rows_stand_on_cannot_be_undone) {
  client_settings s;
  s.properties = {{"acks", "0"}, {"request.required.acks", "1"}, {"enable.idempotence", "false"}, {"delivery.report.only.error", "true"},
                  {"transactional.id", "t"}, {"enable.auto.commit", "true"}, {"auto.commit.enable", "true"}, {"enable.auto.offset.store", "true"},
                  {"auto.offset.reset", "earliest"}, {"partition.assignment.strategy", "cooperative-sticky"}, {"group.protocol", "consumer"},
                  {"enable.partition.eof", "true"}, {"check.crcs", "false"}, {"statistics.interval.ms", "0"}, {"test.mock.num.brokers", "3"}};
  const auto faults = check_settings(s);
  ASSERT_EQ(faults.size(), s.properties.size());
  for (const auto& f : faults)
    EXPECT_EQ(f.code, "not_allowed") << f.text();
  EXPECT_EQ(faults[0].text(), "not_allowed at MILLRACE_KAFKA_ACKS: `0` is refused, it stays `all`: an answer 2xx says that all replicas in sync "
                              "have the event");
  for (const auto& [name, value] : s.properties) {
    client_settings one;
    one.properties = {{name, value}};
    EXPECT_THROW(make_configuration(one, {}, nullptr), outage) << name;
  }
}

TEST(kafka_settings, what_says_the_same_as_we_do_passes) {
  client_settings s;
  s.properties = {{"acks", "all"}, {"enable.idempotence", "true"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "error"}};
  EXPECT_TRUE(check_settings(s).empty());
  EXPECT_NO_THROW(make_configuration(s, {}, nullptr));
}

} // namespace
} // namespace millrace::kafka
