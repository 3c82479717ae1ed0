#include "core/setting_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;

TEST(setting_names, are_sorted_and_each_there_once) {
  const auto all = setting_names();
  EXPECT_TRUE(std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()) == all.end());
}

TEST(setting_names, a_variable_that_nobody_reads_is_told_with_the_nearest_name) {
  const settings from(settings::variables{{"MILLRACE_HTTP_PROT", "80"},
                                          {"MILLRACE_HTTP_PORT", "80"},
                                          {"MILLRACE_OPERATOR_KEY_FILE", "/key"},
                                          {"MILLRACE_KAFKA_LINGER_MSS", "told by librdkafka"},
                                          {"MILLRACE_RUN_DIR", "/run"},
                                          {"MILLRACE_ACME_SECRET", "named in sources.json"},
                                          {"MILLRACE_EMPTY", ""},
                                          {"MILLRACE_ENTIRELY_ELSE", "1"},
                                          {"HOME", "/root"}});
  const auto unknown = unknown_settings(from, {"MILLRACE_ACME_SECRET"});
  ASSERT_EQ(unknown.size(), 2u);
  EXPECT_EQ(unknown[0].text(), "unknown_setting at MILLRACE_ENTIRELY_ELSE: nobody reads it");
  EXPECT_EQ(unknown[1].text(), "unknown_setting at MILLRACE_HTTP_PROT: nobody reads it; did you mean MILLRACE_HTTP_PORT?");
}
