#include "core/uuid.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"

#include <gtest/gtest.h>

using namespace millrace;

// Computed once by another implementation (Python's uuid.uuid5) in the namespace
// 81fb680e-07a5-474c-b9da-8fa3798b0c92: these ids stand in tables and may never change.
TEST(uuid_v5, never_changes) {
  EXPECT_EQ(uuid_v5("contact:1"), "2e735f40-0985-5493-ba77-f28eb78b0074");
  EXPECT_EQ(uuid_v5(""), "134e7801-b8f1-5c51-b40e-6c9ce9f35d6a");
  EXPECT_EQ(uuid_v5("\xc3\xa9"), "3d4c2fe6-9f4d-5fce-bdf8-97f2c22d275f");
}

TEST(uuid_v5, takes_every_byte_of_the_name) {
  EXPECT_NE(uuid_v5(std::string_view("a\0b", 3)), uuid_v5("a"));
  EXPECT_NE(uuid_v5("a"), uuid_v5("A"));
}

TEST(uuid_v8, has_version_and_variant_and_the_rest_of_the_hash) {
  EXPECT_EQ(uuid_v8(std::string(16, '\xff')), "ffffffff-ffff-8fff-bfff-ffffffffffff");
  EXPECT_EQ(uuid_v8(std::string(32, '\0')), "00000000-0000-8000-8000-000000000000");
  // RFC 9562, appendix B.2: the SHA-256 of the namespace DNS and "www.example.com".
  EXPECT_EQ(uuid_v8(*from_hex("5c146b143c524afd938a375d0df1fbf6fe12a66b645f72f6158759387e51f3c8")),
            "5c146b14-3c52-8afd-938a-375d0df1fbf6");
}

TEST(uuid_v8, a_short_hash_is_a_bug) { EXPECT_THROW(uuid_v8(std::string(15, 'x')), bug); }
