#include "json/document.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::json;

TEST(document, values_know_their_text_and_their_source) {
  const std::string_view text = R"( {"a": [1, -2.50e+3, "x\n\u00e9"], "b":{"c":null},"d":true} )";
  const auto d = parse(text);
  ASSERT_TRUE(d) << d.error().text();
  const auto root = d->root();
  EXPECT_EQ(root.source(), text.substr(1, text.size() - 2));
  EXPECT_EQ(root.size(), 3u);
  EXPECT_EQ(root.at("/a/1")->text(), "-2.50e+3");
  EXPECT_EQ(root.at("/a/2")->text(), "x\n\xc3\xa9");
  EXPECT_EQ(root.at("/a/2")->source(), R"("x\n\u00e9")");
  EXPECT_EQ(root.at("/b")->source(), R"({"c":null})");
  EXPECT_TRUE(root.at("/b/c")->is(kind::null));
  EXPECT_EQ(root.member("d")->text(), "true");
  EXPECT_FALSE(root.member("e"));
}
