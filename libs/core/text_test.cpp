#include "core/text.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace millrace;
using namespace std::literals;

namespace {
std::string storable(std::string_view text, std::size_t replaced) {
  const auto s = make_storable(text);
  EXPECT_EQ(s.replaced, replaced);
  EXPECT_TRUE(is_utf8(s.text));
  std::string out; // U+FFFD shown as '?'
  for (std::size_t i = 0; i < s.text.size(); ++i)
    if (s.text.compare(i, 3, "\xef\xbf\xbd") == 0) {
      out += '?';
      i += 2;
    } else {
      out += s.text[i];
    }
  return out;
}
TEST(text, finds_the_first_special_byte_wherever_it_stands) {
  std::mt19937 random(7);
  const std::string_view bytes("abcdefgh\"\\\t\n\x1f\x20\x7f\x80\xff\0", 18);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, 'x');
    for (char& c : text)
      if (random() % 8 == 0)
        c = bytes[random() % bytes.size()];
    const auto from = random() % (text.size() + 1);
    auto expected = from;
    while (expected < text.size() && static_cast<unsigned char>(text[expected]) >= 0x20 && text[expected] != '"' && text[expected] != '\\')
      ++expected;
    ASSERT_EQ(find_special(text, from, '"', '\\'), expected) << "round " << round;
  }
}

} // namespace

TEST(utf8, accepts_every_character_and_nothing_else) {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    std::string text = "12345678";
    if (c < 0x80)
      text += static_cast<char>(c);
    else if (c < 0x800)
      (text += static_cast<char>(0xc0 | c >> 6)) += static_cast<char>(0x80 | (c & 0x3f));
    else if (c < 0x10000)
      ((text += static_cast<char>(0xe0 | c >> 12)) += static_cast<char>(0x80 | (c >> 6 & 0x3f))) += static_cast<char>(0x80 | (c & 0x3f));
    else
      (((text += static_cast<char>(0xf0 | c >> 18)) += static_cast<char>(0x80 | (c >> 12 & 0x3f))) +=
       static_cast<char>(0x80 | (c >> 6 & 0x3f))) += static_cast<char>(0x80 | (c & 0x3f));
    ASSERT_EQ(is_utf8(text), c < 0xd800 || c > 0xdfff) << c;
    if (c >= 0x80) {
      ASSERT_FALSE(is_utf8(text.substr(0, text.size() - 1))) << c;
    }
  }
}

TEST(utf8, what_is_storable_has_no_nul_wherever_it_stands) {
  for (std::size_t size = 1; size < 40; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      ASSERT_TRUE(is_storable(text));
      for (const char c : {'\0', '\x80', '\xff'}) {
        text[at] = c;
        ASSERT_FALSE(is_storable(text)) << size << " " << at;
        ASSERT_EQ(is_utf8(text), c == '\0') << size << " " << at;
      }
    }
  EXPECT_TRUE(is_storable("é" + std::string(20, '\x01') + "عيادة"));
}

TEST(utf8, refuses_overlong_and_stray_bytes) {
  for (const auto text : {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv, "\xe0\x9f\xbf"sv, "\xf0\x80\x80\x80"sv,
                          "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xfe"sv, "\xff"sv, "\xc3"sv, "\xc3("sv,
                          "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "abcdefgh\xff"sv, "\xc3\xa9\x80"sv})
    EXPECT_FALSE(is_utf8(text)) << text;
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\0b"sv));
}

TEST(storable, good_text_is_untouched) {
  for (const auto* text : {"", "plain", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xef\xbf\xbd", "a\nb\x01\x7f"})
    EXPECT_EQ(make_storable(text).text, text);
}

TEST(storable, each_broken_sequence_becomes_one_replacement) {
  EXPECT_EQ(storable("a\0b"sv, 1), "a?b");
  EXPECT_EQ(storable("\0\0"sv, 2), "??");
  EXPECT_EQ(storable("a\xff\xfe" "b", 2), "a??b");
  EXPECT_EQ(storable("\xed\xa0\x80", 1), "?");                 // an encoded surrogate
  EXPECT_EQ(storable("\xed\xa0\xbd\xed\xb8\x80", 2), "??");    // a pair of them (CESU-8)
  EXPECT_EQ(storable("\xf0\x9f\x98", 1), "?");                 // a torn character
  EXPECT_EQ(storable("\xf0\x9f\x98" "a", 1), "?a");
  EXPECT_EQ(storable("\xe2\x82" "\xc3\xa9", 1), "?\xc3\xa9");
  EXPECT_EQ(storable("\xc0\x80", 2), "??");
  EXPECT_EQ(storable("\xed\xa0", 2), "??");
}

TEST(ascii, case_is_of_ascii_only) {
  EXPECT_EQ(ascii_lower("ABCxyz[@`{\xc3\x89"), "abcxyz[@`{\xc3\x89");
  EXPECT_TRUE(ascii_iequals("Content-Type", "cONTENT-tYPE"));
  EXPECT_FALSE(ascii_iequals("a", "ab"));
  EXPECT_FALSE(ascii_iequals("@", "`"));
  EXPECT_FALSE(ascii_iequals("[", "{"));
}

TEST(trim, takes_white_space_off_both_ends) {
  EXPECT_EQ(trim(" \t\r\n\v\fa b \n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\0 "sv), "\0"sv);
}

TEST(split, keeps_empty_parts) {
  using parts = std::vector<std::string_view>;
  EXPECT_EQ(split("a,b", ','), (parts{"a", "b"}));
  EXPECT_EQ(split("", ','), parts{""});
  EXPECT_EQ(split(",", ','), (parts{"", ""}));
  EXPECT_EQ(split(",a,,", ','), (parts{"", "a", "", ""}));
}

TEST(nearest, finds_what_was_probably_meant) {
  EXPECT_EQ(nearest("shceme", {"header", "scheme", "schema"}), "scheme");
  EXPECT_EQ(nearest("minLenght", {"maxLength", "minLength"}), "minLength");
  EXPECT_EQ(nearest("Enforce", {"off", "shadow", "enforce"}), "enforce");
  EXPECT_EQ(nearest("zzz", {"off", "shadow"}), std::nullopt);
  EXPECT_EQ(nearest("", {"off"}), std::nullopt);
  EXPECT_EQ(nearest("off", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'a'), {"a"}), std::nullopt);
}
