#include "text/fold_case.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(fold_case, ascii_and_unicode_fold_alike) {
  EXPECT_EQ(fold_case("Owner: CHRIS"), "owner: chris");
  EXPECT_EQ(fold_case("Straße"), "strasse");
  EXPECT_EQ(fold_case("ÉCOLE"), "école");
  EXPECT_EQ(fold_case(""), "");
}

TEST(fold_case, texts_that_differ_in_more_than_case_differ) {
  EXPECT_TRUE(equal_folded("Hot", "hOT"));
  EXPECT_TRUE(equal_folded("STRASSE", "straße"));
  EXPECT_FALSE(equal_folded("hot", "hot "));
  EXPECT_FALSE(equal_folded("ecole", "école"));
  EXPECT_FALSE(equal_folded("[", "{"));
}

TEST(fold_case, broken_utf8_is_a_text_like_any_other) {
  EXPECT_TRUE(equal_folded("\xff" "A", "\xff" "a"));
  EXPECT_FALSE(equal_folded("\xff", "a"));
}
