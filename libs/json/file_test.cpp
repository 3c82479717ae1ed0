#include "json/schema.hpp"

#include <gtest/gtest.h>

using namespace millrace::json;

TEST(file, reads_comments_and_trailing_commas) {
  const auto f = file::read("x.json", "// first\n{\n  \"a\": [1, 2, /* three */ ], // \"b\"\n  \"u\": \"http://x\",\n}\n");
  ASSERT_TRUE(f) << f.error().text();
  EXPECT_EQ(f->root().at("/a")->size(), 2u);
  EXPECT_EQ(f->root().at("/u")->text(), "http://x");
  EXPECT_EQ(f->place("/u"), "x.json:4 /u");
}
