#include "core/instant.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(instant, prints_what_it_reads) {
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-11-21T00:18:44.123456Z")), "2026-11-21T00:18:44.123456Z");
}
