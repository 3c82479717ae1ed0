#include "core/result.hpp"

#include "core/failure.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(fault, says_only_what_it_has) {
  EXPECT_EQ(bad("a", "b", "c").text(), "a at b: c");
  EXPECT_EQ(bad("a", "", "c").text(), "a: c");
  EXPECT_EQ(bad("a", "b", "").text(), "a at b");
  EXPECT_EQ(bad("a", "", "").text(), "a");
  EXPECT_EQ(bad("", "b", "c").text(), "at b: c");
}

TEST(result, asking_for_a_value_that_is_not_there_is_our_mistake) {
  const result<int> r = bad("bad_time", "/at", "no");
  try {
    r.value();
    FAIL();
  } catch (const bug& b) {
    EXPECT_NE(std::string(b.what()).find("bad_time at /at: no"), std::string::npos) << b.what();
  }
}
