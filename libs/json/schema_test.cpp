#include "json/schema.hpp"

#include <gtest/gtest.h>

using namespace millrace::json;

TEST(schema, an_unknown_keyword_is_refused) {
  EXPECT_TRUE(schema::compile(R"({"type":"object"})"));
  EXPECT_FALSE(schema::compile(R"({"const":1})"));
}
