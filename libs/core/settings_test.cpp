#include "core/settings.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(settings, come_from_the_environment) {
  settings s(settings::variables{{"MILLRACE_PORT", "80"}});
  EXPECT_EQ(s.integer("MILLRACE_PORT", 1, 0, 100, "port"), 80);
}
