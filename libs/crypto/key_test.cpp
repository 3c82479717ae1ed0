#include "crypto/key.hpp"

#include "core/encoding.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::crypto;

namespace {
constexpr algorithm all_algorithms[] = {algorithm::ed25519, algorithm::ecdsa_p256_sha256, algorithm::rsa_sha256,
                                        algorithm::rsa_sha1};
} // namespace

// RFC 8032 §7.1, TEST 3.
TEST(public_key, verifies_the_vector_of_rfc_8032) {
  const auto raw = *from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const auto signature = *from_hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f"
                                   "760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  const auto key = public_key::parse(algorithm::ed25519, to_base64(raw));
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->verifies(signature, "\xaf\x82"));
  EXPECT_FALSE(key->verifies(signature, "\xaf\x83"));
}

TEST(key, what_is_signed_verifies_and_nothing_else) {
  for (const auto a : all_algorithms) {
    const auto secret = private_key::generate(a);
    const auto open = public_key::parse(a, secret.public_pem());
    ASSERT_TRUE(open);
    const std::string text = "the bytes";
    const auto signature = secret.sign(text);
    EXPECT_TRUE(open->verifies(signature, text));
    EXPECT_FALSE(open->verifies(signature, "the Bytes"));
    EXPECT_FALSE(open->verifies("", text));
    for (std::size_t i = 0; i < signature.size(); ++i) {
      std::string broken = signature;
      broken[i] = static_cast<char>(broken[i] ^ 1);
      EXPECT_FALSE(open->verifies(broken, text)) << i;
    }
  }
}
