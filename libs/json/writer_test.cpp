#include "json/writer.hpp"

#include <gtest/gtest.h>

using namespace millrace::json;

TEST(writer, writes_commas_quotes_and_escapes) {
  writer w;
  w.begin_object().name("a").number(-1).name("b").begin_array().string("x\"\\\n\x01").null().boolean(true).end_array();
  w.name("c").begin_object().end_object().end_object();
  EXPECT_EQ(w.text(), R"({"a":-1,"b":["x\"\\\n\u0001",null,true],"c":{}})");
}
