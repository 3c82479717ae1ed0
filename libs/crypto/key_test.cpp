#include "crypto/key.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::crypto;

namespace {
constexpr algorithm all_algorithms[] = {algorithm::ed25519, algorithm::ecdsa_p256_sha256, algorithm::rsa_sha256,
                                        algorithm::rsa_sha1};

// Made once: RSA keys are slow to make.
const private_key& key_of(algorithm a) {
  static const private_key all[] = {
      private_key::generate(algorithm::ed25519), private_key::generate(algorithm::ecdsa_p256_sha256),
      private_key::generate(algorithm::rsa_sha256), private_key::generate(algorithm::rsa_sha1)};
  return all[static_cast<std::size_t>(a)];
}

algorithm other_than(algorithm a) { return all_algorithms[(static_cast<std::size_t>(a) + 1) % 4]; }

std::string without_breaks(std::string text) {
  std::erase(text, '\n');
  return text;
}

// The base64 between the PEM lines.
std::string base64_of(const std::string& pem) {
  const auto from = pem.find('\n') + 1;
  return without_breaks(pem.substr(from, pem.find("\n-----END") - from));
}

std::string refusal(algorithm a, std::string_view text) {
  const auto key = public_key::parse(a, text);
  return key ? "" : key.error().code;
}

// RFC 8032 §7.1: secret key, public key, message, signature of TEST 1, 2, 3.
struct vector {
  const char *open, *message, *signature;
};
const vector rfc8032[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141"
     "438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d29"
     "1612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027be"
     "ceea1ec40a"},
};
} // namespace

TEST(public_key, verifies_the_vectors_of_rfc_8032) {
  for (const auto& v : rfc8032) {
    const auto key = public_key::parse(algorithm::ed25519, to_base64(*from_hex(v.open)));
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->verifies(*from_hex(v.signature), *from_hex(v.message)));
    EXPECT_FALSE(key->verifies(*from_hex(v.signature), *from_hex(v.message) + "x"));
  }
}

TEST(key, what_is_signed_verifies_and_nothing_else) {
  for (const auto a : all_algorithms) {
    const auto secret = key_of(a);
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

TEST(public_key, is_read_in_every_form_in_which_senders_give_it) {
  for (const auto a : all_algorithms) {
    const auto secret = key_of(a);
    const auto pem = secret.public_pem();
    const auto signature = secret.sign("x");
    std::string in_one_line = pem;
    for (auto at = in_one_line.find('\n'); at != std::string::npos; at = in_one_line.find('\n', at))
      in_one_line.replace(at, 1, "\\n");
    std::string with_returns = pem;
    for (std::size_t at = 0; (at = with_returns.find('\n', at)) != std::string::npos; at += 2)
      with_returns.insert(at, 1, '\r');
    for (const auto& text : {pem, without_breaks(pem), in_one_line, with_returns, "  " + pem + "\n\n", base64_of(pem)}) {
      const auto key = public_key::parse(a, text);
      ASSERT_TRUE(key) << key.error().text() << text;
      EXPECT_EQ(key->kind(), a);
      EXPECT_TRUE(key->verifies(signature, "x"));
    }
  }
}

TEST(public_key, ed25519_is_read_from_its_raw_bytes) {
  const auto secret = key_of(algorithm::ed25519);
  const auto raw = to_base64(secret.public_raw());
  ASSERT_EQ(raw.size(), 44u);
  for (const auto& text : {raw, raw.substr(0, 43), "whpk_" + raw, "whpk_" + raw.substr(0, 43), raw + "\n"}) {
    const auto key = public_key::parse(algorithm::ed25519, text);
    ASSERT_TRUE(key) << text;
    EXPECT_TRUE(key->verifies(secret.sign("x"), "x"));
  }
  for (const auto& text : {"whpk_", "whpk-", "whpk_whpk_", "whsk_", "WHPK_"})
    EXPECT_EQ(refusal(algorithm::ed25519, text + (std::string(text) == "whpk_" ? "" : raw)), "bad_key") << text;
  EXPECT_EQ(refusal(algorithm::ed25519, "whpk_" + base64_of(secret.public_pem())), "bad_key");
  EXPECT_EQ(refusal(algorithm::ed25519, to_base64(secret.public_raw().substr(1))), "bad_key");
  EXPECT_EQ(refusal(algorithm::ed25519, to_base64(secret.public_raw() + "x")), "bad_key");
}

TEST(public_key, a_key_of_another_kind_is_refused) {
  for (const auto a : all_algorithms)
    for (const auto b : all_algorithms) {
      const bool both_rsa = a >= algorithm::rsa_sha256 && b >= algorithm::rsa_sha256;
      EXPECT_EQ(refusal(a, key_of(b).public_pem()), a == b || both_rsa ? "" : "bad_key");
      EXPECT_EQ(private_key::parse(a, key_of(b).pem()).has_value(), a == b || both_rsa);
    }
}

TEST(public_key, what_is_no_key_is_refused) {
  const auto pem = key_of(algorithm::ecdsa_p256_sha256).public_pem();
  const auto der = *from_base64(base64_of(pem));
  for (const auto a : all_algorithms) {
    for (const std::string& text : {std::string(), std::string("x"), std::string("===="), std::string("not a key"), pem.substr(0, 60),
                                    std::string("-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"),
                                    std::string("-----END PUBLIC KEY----------BEGIN PUBLIC KEY-----"), std::string(100'000, 'A')})
      EXPECT_EQ(refusal(a, text), "bad_key") << text.substr(0, 80);
    for (std::size_t n = 0; n < der.size(); ++n)
      if (a != algorithm::ed25519 || n != 32) { // any 32 bytes are a raw Ed25519 key
        EXPECT_EQ(refusal(a, to_base64(der.substr(0, n))), "bad_key") << n;
      }
    EXPECT_EQ(refusal(a, to_base64(der + "x")), "bad_key");
  }
  EXPECT_EQ(refusal(algorithm::ed25519, key_of(algorithm::ed25519).pem()), "bad_key"); // a private one
}

// `openssl genrsa 1024`, and P-384: known kinds, too weak or on another curve.
TEST(public_key, weak_and_foreign_keys_are_refused) {
  constexpr std::string_view rsa_1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxueD9I7dTjzkBvvmNXN+nOFqDvAi74WwXkXZdTSqPJPDCaEzBVJvXHIaZcLdv"
      "3ogaLZio+3sUnJ0Q8Vy4r3VfvnxGqf14BsHmybFxl0OH23UuiyKShvfQQdeuawZNxgf4xVPGQ56vyKe3ktF+y/K95XQhEu4cmDAC"
      "eL+CjSCPAQIDAQAB";
  constexpr std::string_view p384 = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWCBZYbQPFMdi/2SJyqnVvchuKryb/NHSiQ6AcLtQn90mQZUzbANE+nUGSzcD04Sn5l8u"
      "mWxVCr1/OcXMP3Z+RfiJAci6nvP72RyP23beYr+fRNnIVC4FUEUpvll5xS74";
  EXPECT_EQ(refusal(algorithm::rsa_sha256, rsa_1024), "bad_key");
  EXPECT_EQ(public_key::parse(algorithm::rsa_sha1, rsa_1024).error().detail, "the RSA key has 1024 bits; at least 2048 are needed");
  EXPECT_EQ(refusal(algorithm::ecdsa_p256_sha256, p384), "bad_key");
}

TEST(public_key, odd_signatures_do_not_verify) {
  for (const auto a : all_algorithms) {
    const auto secret = key_of(a);
    const auto key = *public_key::parse(a, secret.public_pem());
    const auto good = secret.sign("x");
    EXPECT_TRUE(key.verifies(good, "x"));
    for (const auto& odd : {std::string(), good + '\0', good.substr(1), good.substr(0, good.size() - 1), std::string(good.size(), '\0'),
                            std::string(good.size(), '\xff'), good + good, std::string(10'000, 'x'), to_base64(good)})
      EXPECT_FALSE(key.verifies(odd, "x"));
    EXPECT_FALSE(key.verifies(good, ""));
    EXPECT_FALSE(key.verifies(key_of(other_than(a)).sign("x"), "x"));
    EXPECT_TRUE(key.verifies(secret.sign(""), ""));
  }
}

TEST(public_key, rsa_with_another_digest_does_not_verify) {
  const auto pem = key_of(algorithm::rsa_sha256).pem();
  const auto with_sha1 = *private_key::parse(algorithm::rsa_sha1, pem);
  const auto with_sha256 = *private_key::parse(algorithm::rsa_sha256, pem);
  const auto key = *public_key::parse(algorithm::rsa_sha256, with_sha1.public_pem());
  EXPECT_TRUE(key.verifies(with_sha256.sign("x"), "x"));
  EXPECT_FALSE(key.verifies(with_sha1.sign("x"), "x"));
}

TEST(private_key, comes_back_from_its_pem) {
  for (const auto a : all_algorithms) {
    const auto secret = key_of(a);
    const auto again = private_key::parse(a, secret.pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_pem(), secret.public_pem());
    EXPECT_FALSE(private_key::parse(a, secret.public_pem()));
    EXPECT_FALSE(private_key::parse(a, ""));
    EXPECT_FALSE(private_key::parse(a, secret.pem().substr(0, 100)));
  }
}

TEST(private_key, only_ed25519_has_raw_bytes) {
  EXPECT_EQ(key_of(algorithm::ed25519).public_raw().size(), 32u);
  EXPECT_THROW(key_of(algorithm::ecdsa_p256_sha256).public_raw(), bug);
}
