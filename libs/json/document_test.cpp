#include "json/document.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace millrace;
using namespace millrace::json;
using namespace std::literals;

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string zeros(std::size_t n) {
  std::string text = "[";
  for (std::size_t i = 0; i < n; ++i)
    text += i == 0 ? "0" : ",0";
  return text + "]";
}

// The decoded text of the string literal `literal`.
std::string decoded(std::string_view literal) {
  const auto d = parse(literal);
  return d ? std::string(d->root().text()) : d.error().text();
}

// The fault's code, "" if there is none. The text is copied to the heap, so that ASan sees a read beyond its end.
std::string fault_of(std::string_view text, const limits& l = {}) {
  const std::vector<char> copy(text.begin(), text.end());
  const auto d = parse({copy.data(), copy.size()}, l);
  return d ? "" : d.error().code;
}

std::vector<std::string> elements_of(std::string_view text, const limits& l = {}) {
  std::vector<std::string> out;
  const auto a = split_array(text, l);
  for (const auto& [begin, end] : a.slices)
    out.emplace_back(text.substr(begin, end - begin));
  if (a.broken)
    out.push_back("! " + a.broken->code);
  return out;
}

using strings = std::vector<std::string>;

constexpr std::string_view sample =
    "\xef\xbb\xbf {\"id\": 12345678901234567890123, \"n\":[-0,1.50,1e400,true,false,null],\t\"t\":\"a\\u00e9\\\"\\\\\\/\\n\","
    "\r\n\"o\":{\"\":{},\"x\":[[],[{}]]}, \"e\":\"\\ud83d\\ude00\"} \n";

} // namespace

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
  EXPECT_EQ(root.member("d")->name(), "d");
  EXPECT_FALSE(root.member("e"));
  EXPECT_FALSE(root.element(0));
  EXPECT_FALSE(root.at("/a")->element(3));
  EXPECT_FALSE(root.at("/a")->member("0"));
}

TEST(document, a_scalar_is_a_document_too) {
  for (const auto* text : {"0", "-0", "true", "false", "null", "\"\"", "[]", "{}", "1e5", " 1 ", "\xef\xbb\xbf[]"}) {
    const auto d = parse(text);
    ASSERT_TRUE(d) << text << d.error().text();
    EXPECT_EQ(d->root().size(), 0u);
    for (const auto child : d->root().children())
      ADD_FAILURE() << child.source();
  }
  EXPECT_EQ(parse("\xef\xbb\xbf 17 ")->root().source(), "17");
}

TEST(document, moves_without_losing_its_values) {
  const std::string text = R"(["a\tb",{"k":1}])";
  document moved = *parse(text);
  document again = std::move(moved);
  EXPECT_EQ(again.root().element(0)->text(), "a\tb");
  EXPECT_EQ(again.root().at("/1/k")->text(), "1");
}

TEST(document, all_that_is_not_json_is_a_fault) {
  for (const std::string_view text :
       {"", " ", "\xef\xbb\xbf", "{", "[", "\"", "\"\\", "\"\\u", "\"\\u12", "]", "}", ",", ":", "[1,]", "[,1]", "[,]",
        "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{1:1}", "[1}", "{\"a\":1]", "1 2", "[] []",
        "nul", "True", "NaN", "Infinity", "-Infinity", "[NaN]", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "1_000",
        "--1", "1.e5", "00", "-01", "// x\n1", "/* x */1", "1/**/", "#", "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\\x41\"",
        "\"\\a\"", "\"\\u00g0\"", "\"\\u+041\"", "[1,2", "{\"a\":1", "\xff", "\xfe\xff", "[1,\x0b 2]", "[\xc2\xa0]",
        "\xef\xbb", "\xef\xbb\xbf\xef\xbb\xbf[]", "nulll", "truefalse", "[1]]", "{}}", "\"a\"\"b\"", "[\"a\" \"b\"]",
        "{\"a\":1 \"b\":2}", "{\"a\":1,\"b\"", "{\"a\"::1}", "undefined"})
    EXPECT_EQ(fault_of(text), "bad_json") << text;
}

TEST(document, a_fault_names_its_byte) {
  EXPECT_EQ(parse("[1,,2]").error().place, "byte 3");
  EXPECT_EQ(parse("\xef\xbb\xbf[1,,2]").error().place, "byte 6");
  EXPECT_EQ(parse("[1,2").error().place, "byte 4");
}

TEST(document, a_nul_byte_is_a_fault_and_not_an_end) {
  EXPECT_EQ(fault_of("[]\0"s), "bad_json");
  EXPECT_EQ(fault_of("\0"s), "bad_json");
  EXPECT_EQ(fault_of("\"a\0b\""s), "bad_json");
  EXPECT_EQ(fault_of("[1,\0 2]"s), "bad_json");
  EXPECT_EQ(fault_of("[1]\0[2]"s), "bad_json");
  const auto d = parse("[1]\0[2]"sv);
  EXPECT_EQ(d.error().place, "byte 3");
  EXPECT_EQ(d.error().detail, "a NUL byte");
}

TEST(document, an_escaped_nul_is_text) { EXPECT_EQ(decoded(R"("a\u0000b")"), "a\0b"s); }

TEST(document, no_torn_text_is_accepted) {
  ASSERT_EQ(fault_of(sample), "");
  const std::size_t whole = sample.rfind('}') + 1;
  for (std::size_t n = 0; n < whole; ++n)
    EXPECT_EQ(fault_of(sample.substr(0, n)), "bad_json") << n;
  for (std::size_t n = whole; n <= sample.size(); ++n)
    EXPECT_EQ(fault_of(sample.substr(0, n)), "") << n;
}

TEST(document, reads_the_sample_whole) {
  const auto d = parse(sample);
  ASSERT_TRUE(d);
  const auto root = d->root();
  EXPECT_EQ(root.at("/id")->text(), "12345678901234567890123");
  EXPECT_EQ(root.at("/n")->source(), "[-0,1.50,1e400,true,false,null]");
  EXPECT_EQ(root.at("/t")->text(), "a\xc3\xa9\"\\/\n");
  EXPECT_EQ(root.at("/t")->source(), "\"a\\u00e9\\\"\\\\\\/\\n\"");
  EXPECT_EQ(root.at("/o/x/1/0")->source(), "{}");
  EXPECT_EQ(root.at("/o/")->source(), "{}");
  EXPECT_EQ(root.at("/e")->text(), "\xf0\x9f\x98\x80");
  EXPECT_EQ(root.source(), sample.substr(4, sample.size() - 6));
}

TEST(document, depth_is_limited) {
  EXPECT_EQ(fault_of(nested(64)), "");
  EXPECT_EQ(fault_of(nested(65)), "json_too_deep");
  EXPECT_EQ(fault_of(std::string(1'000'000, '[')), "json_too_deep");
  EXPECT_EQ(fault_of("1", {.depth = 0}), "");
  EXPECT_EQ(fault_of("[]", {.depth = 0}), "json_too_deep");
  std::string objects;
  for (int i = 0; i < 64; ++i)
    objects += "{\"a\":";
  EXPECT_EQ(fault_of(objects + "1" + std::string(64, '}')), "");
  EXPECT_EQ(fault_of(objects + "[]" + std::string(64, '}')), "json_too_deep");
  EXPECT_EQ(fault_of(nested(1'000'000), {.depth = 1'000'000, .values = 2'000'000}), ""); // costs no stack
}

TEST(document, the_number_of_values_is_limited) {
  EXPECT_EQ(fault_of(zeros(99'999)), ""); // and the array itself
  EXPECT_EQ(fault_of(zeros(100'000)), "json_too_many_values");
  EXPECT_EQ(fault_of("[[],{\"a\":1}]", {.values = 4}), "");
  EXPECT_EQ(fault_of("[[],{\"a\":1}]", {.values = 3}), "json_too_many_values");
}

TEST(document, of_doubled_members_the_last_wins) {
  const auto d = parse(R"({"a":1,"b":{"x":1,"x":2},"a":{"y":[3]},"\u0061":4,"c":5})");
  ASSERT_TRUE(d);
  const auto root = d->root();
  EXPECT_EQ(d->doubled_members(), 3u);
  EXPECT_EQ(root.size(), 3u);
  EXPECT_EQ(root.member("a")->text(), "4");
  EXPECT_EQ(root.at("/b")->size(), 1u);
  EXPECT_EQ(root.at("/b/x")->text(), "2");
  std::string names;
  for (const auto child : root.children())
    names += std::string(child.name()) + "=" + std::string(child.source()) + " ";
  EXPECT_EQ(names, R"(b={"x":1,"x":2} a=4 c=5 )");
}

TEST(document, all_members_doubled_leave_one) {
  std::string text = "{";
  for (int i = 0; i < 50; ++i)
    text += "\"\":" + std::to_string(i) + ",";
  text += "\"\":50}";
  const auto d = parse(text);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->doubled_members(), 50u);
  EXPECT_EQ(d->root().size(), 1u);
  EXPECT_EQ(d->root().member("")->text(), "50");
}

TEST(document, an_object_with_100000_members_is_read_in_line_with_its_size) {
  std::string text = "{";
  for (int i = 0; i < 99'998; ++i)
    text += "\"member " + std::to_string(i % 99'990) + "\":0,";
  text += "\"z\":1}";
  const auto begin = std::chrono::steady_clock::now();
  const auto d = parse(text);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->doubled_members(), 8u);
  EXPECT_EQ(d->root().size(), 99'991u);
  // Comparing each with each would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(document, numbers_keep_their_text) {
  for (const std::string& n :
       {"0"s, "-0"s, "1e400"s, "-1E+400"s, "1e-400"s, "12345678901234567890123"s, "0.1000000000000000000000000001"s,
        "1.7976931348623157e309"s, "123456789012345678901234567890e300"s, "1e99999999999999999999"s,
        "1e-99999999999999999999"s, std::string(400, '9'), "-" + std::string(5'000, '1') + ".5e10",
        "0." + std::string(1'000, '0') + "1e308", "9223372036854775808"s, "18446744073709551616"s, "-9223372036854775809"s}) {
    const std::string text = "{\"x\":\"1e400\",\"n\": " + n + " ,\"y\":[" + n + "," + n + "]}";
    const auto d = parse(text);
    ASSERT_TRUE(d) << n << d.error().text();
    EXPECT_EQ(d->root().at("/n")->text(), n);
    EXPECT_EQ(d->root().at("/n")->source(), n);
    EXPECT_EQ(d->root().at("/y/1")->text(), n);
    EXPECT_EQ(d->root().at("/x")->text(), "1e400");
    EXPECT_EQ(fault_of(n), "");
  }
}

TEST(document, a_malformed_number_beside_a_huge_one_is_still_a_fault) {
  for (const auto* text : {"[1e400,01]", "[1e400,1.]", "[1e400x]", "[1e400 1e400]", "[1e400e5]", "[1e400.5]", "[-1e400-]",
                           "[1e400", "\"1e400", "[01e400]", "[00000,1e400]"})
    EXPECT_EQ(fault_of(text), "bad_json") << text;
}

TEST(document, surrogate_pairs_become_characters) {
  EXPECT_EQ(decoded(R"("\ud83d\ude00")"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(decoded(R"("x\uD83D\uDE00y")"), "x\xf0\x9f\x98\x80y");
  EXPECT_EQ(decoded(R"("\udbff\udfff")"), "\xf4\x8f\xbf\xbf");
}

TEST(document, lone_surrogates_become_the_replacement_character) {
  const std::string r(replacement);
  EXPECT_EQ(decoded(R"("\ud800")"), r);
  EXPECT_EQ(decoded(R"("\uD800")"), r);
  EXPECT_EQ(decoded(R"("\udc00")"), r);
  EXPECT_EQ(decoded(R"("\ude00\ud83d")"), r + r);             // reversed
  EXPECT_EQ(decoded(R"("\ud83d\ud83d\ude00")"), r + "\xf0\x9f\x98\x80");
  EXPECT_EQ(decoded(R"("\ud83d\ude00\ude00")"), "\xf0\x9f\x98\x80" + r);
  EXPECT_EQ(decoded(R"("\ud83dx\ude00")"), r + "x" + r);
  EXPECT_EQ(decoded(R"("\ud83d\n")"), r + "\n");
  EXPECT_EQ(decoded(R"("\ud83d\\ude00")"), r + "\\ude00");
  EXPECT_EQ(decoded(R"("\ud83d\u0041")"), r + "A");
  EXPECT_EQ(decoded(R"("\\ud83d")"), "\\ud83d");              // an escaped backslash, no escape
  EXPECT_EQ(decoded(R"("\\\ud83d")"), "\\" + r);
  EXPECT_EQ(decoded(R"("\\\\ud83d")"), "\\\\ud83d");
  const std::string_view text = R"({"\ud800":"\udfff","b":1})";
  const auto d = parse(text);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->root().member(r)->text(), r);
  EXPECT_EQ(d->root().member(r)->source(), R"("\udfff")");
  EXPECT_EQ(d->root().source(), text);
}

TEST(document, torn_surrogates_are_faults) {
  for (const auto* text : {R"("\ud8)", R"("\ud8")", R"("\ud800)", R"("\ud800\)", R"("\ud800\u")", R"("\ud800\udc0")", R"("\ud83g")",
                           R"(\ud800)", R"(["\ud800)"})
    EXPECT_EQ(fault_of(text), "bad_json") << text;
}

TEST(document, bytes_that_are_not_utf8_are_kept) {
  for (const auto* bytes : {"\xff", "\xc3", "\xc3(", "\xed\xa0\x80", "\xf0\x9f", "\x80", "\xc0\x80"}) {
    const std::string text = "[\"" + std::string(bytes) + "\",\"" + bytes + "\\n\"]";
    const auto d = parse(text);
    ASSERT_TRUE(d);
    EXPECT_EQ(d->root().element(0)->text(), bytes);
    EXPECT_EQ(d->root().element(1)->text(), std::string(bytes) + "\n");
  }
}

TEST(document, strings_of_every_length_and_escape_know_their_source) {
  for (std::size_t n = 0; n < 70; ++n)
    for (const auto* tail : {"", "\\n", "\\u0041", "\\\\", "\\\""}) {
      const std::string text = "{\"" + std::string(n, 'k') + tail + "\":\"" + std::string(n, 'v') + tail + "w\",\"last\":[1]}";
      const auto d = parse(text);
      ASSERT_TRUE(d) << text;
      const auto first = *d->root().children().begin();
      EXPECT_EQ(first.source(), "\"" + std::string(n, 'v') + tail + "w\"");
      EXPECT_EQ(d->root().member("last")->source(), "[1]");
    }
}

// RFC 6901 §5.
TEST(pointer, follows_the_examples_of_the_rfc) {
  const auto d = parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  ASSERT_TRUE(d);
  const auto at = [&](const char* p) { return d->root().at(p) ? std::string(d->root().at(p)->text()) : "nothing"; };
  EXPECT_EQ(d->root().at("")->source(), d->root().source());
  EXPECT_EQ(at("/foo/0"), "bar");
  EXPECT_EQ(at("/"), "0");
  EXPECT_EQ(at("/a~1b"), "1");
  EXPECT_EQ(at("/c%d"), "2");
  EXPECT_EQ(at("/e^f"), "3");
  EXPECT_EQ(at("/g|h"), "4");
  EXPECT_EQ(at("/i\\j"), "5");
  EXPECT_EQ(at("/k\"l"), "6");
  EXPECT_EQ(at("/ "), "7");
  EXPECT_EQ(at("/m~0n"), "8");
  for (const auto* wrong : {"foo", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/ 1", "/foo/0/x", "/m~n", "/m~2n",
                            "/foo/", "/a~", "/foo/99999999999999999999", "/x", "//"})
    EXPECT_EQ(at(wrong), "nothing") << wrong;
}

TEST(split_array, gives_every_whole_element) {
  EXPECT_EQ(elements_of("[]"), strings{});
  EXPECT_EQ(elements_of(R"( [ {"a":1} , "x,]" ,3,[4], null ] )"), (strings{R"({"a":1})", R"("x,]")", "3", "[4]", "null"}));
}

TEST(split_array, keeps_what_is_whole_before_the_fault) {
  EXPECT_EQ(elements_of(R"([{"a":1},{"b":2},{"c":)"), (strings{R"({"a":1})", R"({"b":2})", "! bad_json"}));
  EXPECT_EQ(elements_of(R"([{"a":1},{"b":2})"), (strings{R"({"a":1})", R"({"b":2})", "! bad_json"}));
  EXPECT_EQ(elements_of(R"([{"a":1} {"b":2}])"), (strings{R"({"a":1})", "! bad_json"}));
  EXPECT_EQ(elements_of(R"([{"a":1},])"), (strings{R"({"a":1})", "! bad_json"}));
  EXPECT_EQ(elements_of(R"([{"a":1}] x)"), (strings{R"({"a":1})", "! bad_json"}));
  EXPECT_EQ(elements_of("[1,2]\0"s), (strings{"1", "2", "! bad_json"}));
  EXPECT_EQ(elements_of("[1,\0,2]"s), (strings{"1", "! bad_json"}));
  EXPECT_EQ(elements_of(R"([1,"\ud800",1e400,)"), (strings{"1", R"("\ud800")", "1e400", "! bad_json"}));
}

TEST(split_array, a_number_at_the_torn_end_is_not_whole) {
  EXPECT_EQ(elements_of("[1,23"), (strings{"1", "! bad_json"}));
  EXPECT_EQ(elements_of("[1,23 "), (strings{"1", "23", "! bad_json"}));
  EXPECT_EQ(elements_of("[1,true"), (strings{"1", "! bad_json"}));
  EXPECT_EQ(elements_of("[1,truex]"), (strings{"1", "! bad_json"}));
}

TEST(split_array, what_is_no_array_has_no_elements) {
  for (const auto* text : {"", " ", "{}", "{\"a\":[1]}", "1", "x[1]", "\"[1]\""})
    EXPECT_EQ(elements_of(text), strings{"! bad_json"}) << text;
}

TEST(split_array, limits_cut_it_too) {
  EXPECT_EQ(elements_of("[1,2,3]", {.values = 3}), (strings{"1", "2", "! json_too_many_values"}));
  EXPECT_EQ(elements_of("[1,[2],3]", {.depth = 1}), (strings{"1", "! json_too_deep"}));
}

TEST(split_array, torn_at_every_byte_it_gives_a_growing_beginning_of_the_elements) {
  const std::string_view text = R"([{"a":[1,2]}, "x\"y" ,-12.5e3, [ ],true,{"b":"\ud83d\ude00"}])";
  const auto whole = elements_of(text);
  ASSERT_EQ(whole.size(), 6u);
  std::size_t before = 0;
  for (std::size_t n = 0; n < text.size(); ++n) {
    auto torn = elements_of(text.substr(0, n));
    ASSERT_EQ(torn.back(), "! bad_json") << n;
    torn.pop_back();
    ASSERT_LE(torn.size(), whole.size());
    EXPECT_TRUE(std::equal(torn.begin(), torn.end(), whole.begin())) << n;
    EXPECT_GE(torn.size(), before);
    before = torn.size();
  }
  EXPECT_EQ(before, 6u);
}
