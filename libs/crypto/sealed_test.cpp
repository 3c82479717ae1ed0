#include "crypto/sealed.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <gtest/gtest.h>

namespace millrace::crypto {
namespace {

const std::string owner = "acme/west\nworker\nw1";

TEST(sealed, opens_for_its_owner_alone) {
  const auto key = sealing_key::generate();
  const auto text = *seal(key.public_text(), owner, "a worker's secret");
  EXPECT_EQ(*key.open(owner, text), "a worker's secret");
  EXPECT_EQ(key.open("acme/west\nworker\nw2", text).error().code, "not_ours");
  EXPECT_EQ(sealing_key::generate().open(owner, text).error().code, "not_ours");
}

TEST(sealed, is_another_text_each_time) {
  const auto key = sealing_key::generate();
  EXPECT_NE(*seal(key.public_text(), owner, "s"), *seal(key.public_text(), owner, "s"));
}

TEST(sealed, no_changed_byte_opens) {
  const auto key = sealing_key::generate();
  const auto text = *seal(key.public_text(), owner, "secret");
  const auto bytes = *from_base64(text.substr(9));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    EXPECT_EQ(key.open(owner, "sealed:1:" + to_base64(changed)).error().code, "not_ours") << i;
  }
}

TEST(sealed, a_key_is_read_as_it_was_written) {
  const auto key = sealing_key::generate();
  const auto again = *sealing_key::parse(key.text() + "\n");
  EXPECT_EQ(again.public_text(), key.public_text());
  EXPECT_EQ(*again.open(owner, *seal(key.public_text() + "\n", owner, "")), "");
}

TEST(sealed, what_is_no_key_or_no_sealed_text_is_told) {
  const auto key = sealing_key::generate();
  for (const char* none : {"", "abc", "AAAA"}) {
    EXPECT_EQ(seal(none, owner, "s").error().code, "bad_key") << none;
    EXPECT_EQ(sealing_key::parse(none).error().code, "bad_key") << none;
  }
  EXPECT_EQ(seal(to_base64(std::string(32, '\0')), owner, "s").error().code, "bad_key") << "a point of small order";
  for (const char* none : {"", "a secret", "sealed:1:", "sealed:1:AAAA", "sealed:2:AAAA"})
    EXPECT_EQ(key.open(owner, none).error().code, "not_sealed") << none;
}

// RFC 7748 and RFC 5869 as another implementation computes them (Python's cryptography).
TEST(sealed, opens_what_another_implementation_sealed) {
  const auto key = *sealing_key::parse("l8rE5bBzYPLFQPhwhkpXM0OnSTAS/tCOsaEyhN1ImCs=");
  EXPECT_EQ(key.public_text(), "yr+dbIBkUAwFvBEITpxMkxcD6j1sC8JZq2pe0+uANm8=");
  EXPECT_EQ(*key.open(owner, "sealed:1:AbuVCQY6gptE68sxE2Dt93O6+dzFWh0VHr04MHjhCxMItmNL+gy4ZI5EnA+BzNdEjZToY9pCmteNbQHrnddLzQ=="), "sealed elsewhere");
}

} // namespace
} // namespace millrace::crypto
