#include "core/log.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(log, a_line_break_cannot_forge_a_line) {
  const auto line = log::line({"gateway"}, log::level::info, {}, "a\nb", {{"x", "1\r\n{\"level\":\"error\"}"}});
  EXPECT_EQ(line, "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"level\":\"info\",\"msg\":\"a\\nb\",\"service\":\"gateway\","
                  "\"x\":\"1\\r\\n{\\\"level\\\":\\\"error\\\"}\"}\n");
}
