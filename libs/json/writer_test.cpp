#include "json/writer.hpp"

#include <gtest/gtest.h>

using namespace millrace::json;
using namespace std::literals;

namespace {
// make_storable of `text`, and how much it changed.
std::string stored(std::string_view text, std::size_t replaced = 0, const std::vector<std::string>& redact = {}) {
  const auto d = parse(text);
  EXPECT_TRUE(d) << text;
  const auto s = make_storable(d->root(), redact);
  EXPECT_EQ(s.replaced, replaced) << text;
  return s.json;
}
} // namespace

TEST(writer, writes_commas_quotes_and_escapes) {
  writer w;
  w.begin_object().name("a").number(-1).name("b").begin_array().string("x\"\\\n\x01/").null().boolean(true).end_array();
  w.name("c").begin_object().end_object().name("d").raw("[1]").name("e").number_text("1.50").name("f").begin_array().end_array();
  w.end_object();
  EXPECT_EQ(w.text(), R"({"a":-1,"b":["x\"\\\n\u0001/",null,true],"c":{},"d":[1],"e":1.50,"f":[]})");
  EXPECT_TRUE(parse(w.text()));
}

TEST(writer, a_scalar_alone_and_arrays_in_arrays) {
  EXPECT_EQ(writer().string("x").take(), "\"x\"");
  writer w;
  w.begin_array().begin_array().end_array().begin_array().number(1).number(2).end_array().boolean(false).end_array();
  EXPECT_EQ(w.text(), "[[],[1,2],false]");
}

TEST(writer, what_it_writes_is_always_storable) {
  writer w;
  w.begin_object().name("\xff\0"sv).string("a\0\xed\xa0\x80\xc3"sv).end_object();
  EXPECT_EQ(w.text(), "{\"\xef\xbf\xbd\xef\xbf\xbd\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(writer, every_text_comes_back) {
  for (int c = 1; c < 0x80; ++c) {
    const std::string text = "a" + std::string(1, static_cast<char>(c)) + "b";
    writer w;
    w.string(text);
    const auto d = parse(w.text());
    ASSERT_TRUE(d) << c;
    EXPECT_EQ(d->root().text(), text);
  }
}

TEST(storable, good_json_stays_but_for_white_space) {
  EXPECT_EQ(stored(" { \"a\" : [ 1 , 2.50e+3 , \"\\u00e9\\/\" , { } , [ ] , null , true ] } "),
            "{\"a\":[1,2.50e+3,\"\xc3\xa9/\",{},[],null,true]}");
  EXPECT_EQ(stored("\"x\""), "\"x\"");
}

TEST(storable, a_document_is_taken_as_it_came_where_nothing_is_to_be_changed) {
  const auto whole = [](std::string_view text, const std::vector<std::string>& redact = {}) {
    const auto d = parse(text);
    EXPECT_TRUE(d) << text;
    return make_storable(*d, redact).json;
  };
  const auto plain = R"({ "a": [1.50, "\u00e9\/é"] })";
  EXPECT_EQ(whole(" " + std::string(plain)), plain);
  EXPECT_EQ(whole(plain, {"/b", "/a/2", "/c/*"}), R"({"a":[1.50,"é/é"]})"); // a star may name anything
  EXPECT_EQ(whole(plain, {"/b", "/a/2"}), plain);
  EXPECT_EQ(whole(plain, {"/a"}), R"({"a":"[redacted]"})");
  EXPECT_EQ(whole(R"({ "a": 1, "a": 2 })"), R"({"a":2})");
  EXPECT_EQ(whole(R"([ "\u0000" ])"), "[\"\xef\xbf\xbd\"]");
  EXPECT_EQ(whole(R"([ "\ud800" ])"), "[\"\xef\xbf\xbd\"]");
  EXPECT_EQ(whole("[ \"\xff\" ]"), "[\"\xef\xbf\xbd\"]");
  EXPECT_EQ(whole("[ 1e9999 ]"), R"(["1e9999"])");
  EXPECT_EQ(whole("[ " + std::string(2000, '1') + " ]"), "[\"" + std::string(2000, '1') + "\"]");
}

TEST(storable, doubled_members_are_there_once) {
  EXPECT_EQ(stored(R"({"a":1,"b":2,"a":3})"), R"({"b":2,"a":3})");
  EXPECT_EQ(stored(R"({"a":1,"a":2})"), R"({"a":2})");
}

TEST(storable, text_is_repaired) {
  EXPECT_EQ(stored(R"(["a\u0000b","\ud800"])", 1), "[\"a\xef\xbf\xbd" "b\",\"\xef\xbf\xbd\"]");
  EXPECT_EQ(stored("{\"\xff\":\"\xc3(\"}", 2), "{\"\xef\xbf\xbd\":\"\xef\xbf\xbd(\"}");
}

TEST(storable, of_names_that_become_the_same_the_last_wins) {
  EXPECT_EQ(stored("{\"\xff\":1,\"b\":2,\"\xfe\":3}", 2), "{\"b\":2,\"\xef\xbf\xbd\":3}");
}

TEST(storable, numbers_beyond_numeric_are_strings) {
  EXPECT_EQ(stored("[1e400,-1E-1000,1e1000]"), "[1e400,-1E-1000,1e1000]");
  EXPECT_EQ(stored("[1e1001,1e-1001,1e+99999999999999999999]", 3), R"(["1e1001","1e-1001","1e+99999999999999999999"])");
  EXPECT_EQ(stored(std::string(1'000, '9')), std::string(1'000, '9'));
  EXPECT_EQ(stored("-" + std::string(1'001, '9'), 1), "\"-" + std::string(1'001, '9') + "\"");
  EXPECT_EQ(stored("0." + std::string(1'000, '1'), 1), "\"0." + std::string(1'000, '1') + "\"");
}

TEST(storable, what_is_named_is_redacted) {
  const auto* text = R"({"a":{"token":"x","b":[{"token":1},{"token":[2]}]},"a/b":1,"c":[1,2]})";
  EXPECT_EQ(stored(text, 0, {"/a/token"}), R"({"a":{"token":"[redacted]","b":[{"token":1},{"token":[2]}]},"a/b":1,"c":[1,2]})");
  EXPECT_EQ(stored(text, 0, {"/a/b/*/token", "/a~1b", "/c/1"}),
            R"({"a":{"token":"x","b":[{"token":"[redacted]"},{"token":"[redacted]"}]},"a/b":"[redacted]","c":[1,"[redacted]"]})");
  EXPECT_EQ(stored(text, 0, {"/*"}), R"({"a":"[redacted]","a/b":"[redacted]","c":"[redacted]"})");
  EXPECT_EQ(stored(text, 0, {""}), "\"[redacted]\"");
  EXPECT_EQ(stored(text, 0, {"/a/nothing", "/x"}), stored(text));
}

TEST(storable, the_index_of_a_redacted_element_is_that_of_the_source) {
  EXPECT_EQ(stored(R"({"x":1,"x":[1,2,3]})", 0, {"/x/2"}), R"({"x":[1,2,"[redacted]"]})");
}
