#include "core/encoding.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace std::string_literals;

TEST(hex, is_lower_case_and_reads_both_cases) {
  EXPECT_EQ(to_hex("\x00\xff\x1a"s), "00ff1a");
  EXPECT_EQ(from_hex("00FF1a"), "\x00\xff\x1a"s);
  EXPECT_EQ(from_hex(""), "");
}

TEST(hex, refuses_odd_lengths_and_other_characters) {
  for (const auto* text : {"0", "0g", "0x00", " 00", "00 ", "0-"})
    EXPECT_FALSE(from_hex(text)) << text;
  EXPECT_FALSE(from_hex("0\0"s));
}

// RFC 4648 §10.
TEST(base64, follows_the_vectors_of_the_rfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},           {"f", "Zg=="},         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},    {"foob", "Zm9vYg=="},  {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(to_base64(plain), coded);
    EXPECT_EQ(from_base64(coded), plain);
    const std::string bare(coded, std::string_view(coded).find_last_not_of('=') + 1);
    EXPECT_EQ(from_base64(bare), plain);
    EXPECT_EQ(from_base64url(bare), plain);
  }
}

TEST(base64, refuses_white_space_wrong_padding_and_the_other_alphabet) {
  for (const auto* text : {"Zg=", "Zg===", "Zm8==", "Z", "Z===", "Zm9v=", "Zm9v====", "Zm 9v", "Zm9v\n", "=Zg=", "Zg==Zg==",
                           "Zm9v-_==", "Zm9*", "===="})
    EXPECT_FALSE(from_base64(text)) << text;
  EXPECT_EQ(from_base64("+/+/"), "\xfb\xff\xbf");
  EXPECT_EQ(from_base64url("-_-_"), "\xfb\xff\xbf");
  EXPECT_FALSE(from_base64("-_-_"));
  EXPECT_FALSE(from_base64url("+/+/"));
}

TEST(base64, accepts_trailing_bits_of_lax_senders) { EXPECT_EQ(from_base64("Zh=="), "f"); }

TEST(base64, every_byte_survives) {
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  for (std::size_t n = 0; n <= all.size(); ++n)
    EXPECT_EQ(from_base64(to_base64(all.substr(0, n))), all.substr(0, n));
  EXPECT_EQ(from_hex(to_hex(all)), all);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(form_decode(percent_encode(all)), all);
}

TEST(percent, encodes_all_but_unreserved_characters) {
  EXPECT_EQ(percent_encode("aZ09-._~ /+%\xc3\xa9"), "aZ09-._~%20%2F%2B%25%C3%A9");
  EXPECT_EQ(percent_encode_only("a:b%c d", ":"), "a%3Ab%25c d");
}

TEST(percent, form_reads_plus_as_space_and_plain_does_not) {
  EXPECT_EQ(form_decode("a+b%2B%20c"), "a b+ c");
  EXPECT_EQ(percent_decode("a+b%2b"), "a+b+");
  for (const auto* text : {"%", "%4", "%zz", "a%4", "%%41", "%-1"}) {
    EXPECT_FALSE(form_decode(text)) << text;
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}
