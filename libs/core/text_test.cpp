#include "core/text.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(text, nul_and_surrogates_are_repaired) {
  EXPECT_EQ(make_storable(std::string_view("a\0b\xed\xa0\x80", 6)).text, "a\xef\xbf\xbd" "b\xef\xbf\xbd");
}
