#include "core/uuid.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(uuid, version_8_has_version_and_variant) {
  EXPECT_EQ(uuid_v8(std::string(16, '\xff')), "ffffffff-ffff-8fff-bfff-ffffffffffff");
}
