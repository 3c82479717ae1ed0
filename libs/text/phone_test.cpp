#include "text/phone.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace {
namespace {

TEST(phone, one_number_in_its_many_forms_is_one) {
  for (auto raw : {"+1 (415) 555-0100", "4155550100", "(415) 555-0100", "tel:+14155550100", "TEL:+1-415-555-0100", "14155550100",
                   "1-415-555-0100", " +14155550100 ", "415.555.0100", "+1 415 555 0100 ext. 7", "415-555-0100 x12",
                   "+14155550100;ext=5", "0014155550100", "011 1 415 555 0100"})
    EXPECT_EQ(to_e164(raw, "US"), "+14155550100") << raw;
}

TEST(phone, the_country_decides_over_national_forms) {
  EXPECT_EQ(to_e164("020 7946 0018", "GB"), "+442079460018");
  EXPECT_EQ(to_e164("0033123456789", "FR"), "+33123456789");
  EXPECT_EQ(to_e164("01 23 45 67 89", "fr"), "+33123456789");
  EXPECT_EQ(to_e164("4155550100", ""), std::nullopt);
  EXPECT_EQ(to_e164("4155550100", "XX"), std::nullopt);
  EXPECT_EQ(to_e164("+14155550100", ""), "+14155550100");
  EXPECT_EQ(to_e164("+14155550100", "XX"), "+14155550100");
  EXPECT_NE(to_e164("4155550100", "DE"), "+14155550100");
}

TEST(phone, what_is_no_number_is_null) {
  for (auto raw : {"", " ", "{}", "[]", "null", "client:agent123", "ACME", "12345", "729725", "5550100", "whatsapp:+14155550100",
                   "messenger:123456789012", "1-800-FLOWERS", "Name <a@example.com>", "+", "+1", "tel:", "-1", "anonymous",
                   "+1415555010012345678", "x", "ext 5", "+999 123 456 789"})
    EXPECT_EQ(to_e164(raw, "US"), std::nullopt) << raw;
}

// A number in its plainest form goes a short way past the library; one space in it sends it the long way.
TEST(phone, the_plainest_form_is_what_the_library_says_of_any_other) {
  std::mt19937_64 random(1);
  std::size_t numbers = 0;
  for (const std::string country : {"1", "20", "33", "44", "962", "965", "966", "967", "968", "971", "973", "974", "49", "54", "212"})
    for (std::size_t size = 1; size < 16; ++size)
      for (int i = 0; i < 200; ++i) {
        std::string national;
        while (national.size() < size)
          national += static_cast<char>('0' + random() % 10);
        const auto plain = to_e164("+" + country + national, "SA");
        ASSERT_EQ(plain, to_e164("+" + country + " " + national, "SA")) << country << " " << national;
        numbers += plain ? 1 : 0;
      }
  EXPECT_GT(numbers, 5'000u);
}

TEST(phone, hostile_text_is_null) {
  EXPECT_EQ(to_e164(std::string(100'000, '1'), "US"), std::nullopt);
  EXPECT_EQ(to_e164(std::string_view("\xFF\x00\x31", 3), "US"), std::nullopt);
}

TEST(phone, the_library_is_named) {
  EXPECT_EQ(phone_library_version().find("libphonenumber.so.8"), 0u) << phone_library_version();
  EXPECT_GT(phone_library_version().size(), std::string("libphonenumber.so.8 ").size()) << phone_library_version();
}

} // namespace
} // namespace millrace
