#include "crypto/mac.hpp"

#include "core/encoding.hpp"
#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace::crypto {
namespace {

TEST(mac, hashes_as_rfc_4231_says) {
  const mac_key key(mac_hash::sha256, "Jefe");
  EXPECT_EQ(to_hex(key.sign({"what do ya want for nothing?"}).view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(mac, pieces_are_one_text) {
  const mac_key key(mac_hash::sha256, "Jefe");
  EXPECT_EQ(key.sign({"what do ", "", "ya want ", "for nothing?"}).view(),
            key.sign({"what do ya want for nothing?"}).view());
  EXPECT_NE(key.sign({"what do ya want for nothing"}).view(), key.sign({"what do ya want for nothing?"}).view());
}

TEST(mac, agrees_with_the_one_shot_functions_for_every_length_of_key) {
  for (std::size_t size = 0; size <= 200; size += 7) {
    const std::string key(size, 'k'), text(size * 3, 't');
    EXPECT_EQ(mac_key(mac_hash::sha1, key).sign({text}).view(), hmac_sha1(key, text)) << size;
    EXPECT_EQ(mac_key(mac_hash::sha256, key).sign({text}).view(), hmac_sha256(key, text)) << size;
    EXPECT_EQ(mac_key(mac_hash::sha512, key).sign({text}).view(), hmac_sha512(key, text)) << size;
  }
}

TEST(mac, one_key_serves_many_threads) {
  const mac_key key(mac_hash::sha256, "secret");
  const std::string expected(key.sign({"text"}).view());
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& count : wrong)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        count += key.sign({"te", "xt"}).view() != expected;
    });
  for (std::thread& t : threads)
    t.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

} // namespace
} // namespace millrace::crypto
