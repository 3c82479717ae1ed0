#include "crypto/hash.hpp"

#include "core/encoding.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::crypto;

namespace {
std::string bytes(std::string_view hex) { return *from_hex(hex); }
std::string times(int n, char c) { return std::string(static_cast<std::size_t>(n), c); }

struct vector {
  std::string key, data;
  const char* sha256;
  const char* sha512;
};

// RFC 4231 §4.2 to §4.8, without the truncated one.
const vector rfc4231[] = {
    {times(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e"
     "696c203a126854"},
    {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b63"
     "6e070a38bce737"},
    {times(20, '\xaa'), times(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674"
     "278859e13292fb"},
    {bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"), times(50, '\xcd'),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
     "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2"
     "adebeb10a298dd"},
    {times(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b"
     "915a985d786598"},
    {times(131, '\xaa'),
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
     "before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
     "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065"
     "c97440fa8c6a58"},
};
} // namespace

TEST(hmac, follows_the_vectors_of_rfc_4231) {
  for (const auto& v : rfc4231) {
    EXPECT_EQ(to_hex(hmac_sha256(v.key, v.data)), v.sha256) << v.data;
    EXPECT_EQ(to_hex(hmac_sha512(v.key, v.data)), v.sha512) << v.data;
  }
}

// RFC 2202 §3.
TEST(hmac, follows_the_vectors_of_rfc_2202) {
  EXPECT_EQ(to_hex(hmac_sha1(times(20, '\x0b'), "Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(hmac_sha1(times(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(hmac, an_empty_key_and_an_empty_text_are_not_the_key_before) {
  hmac_sha256("another key", "text");
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(sha256, follows_fips_180) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(equal_constant_time, sees_every_bit) {
  EXPECT_TRUE(equal_constant_time("", {}));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abc "));
  EXPECT_FALSE(equal_constant_time("abc", ""));
  std::string a(32, 'x');
  for (std::size_t i = 0; i < a.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string b = a;
      b[i] = static_cast<char>(b[i] ^ (1 << bit));
      EXPECT_FALSE(equal_constant_time(a, b));
    }
}

TEST(random_bytes, are_as_many_as_asked_and_differ) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  EXPECT_EQ(random_bytes(33).size(), 33u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}
