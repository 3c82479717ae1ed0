// What a traceparent and a tracestate may be: the examples of the W3C recommendation, and all that is a little off.
#include "event/trace_context.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(trace_context, a_traceparent_reads_and_writes_as_it_was) {
  const auto c = parse_traceparent(good);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(c->span_id(), "b7ad6b7169203331");
  EXPECT_TRUE(c->sampled());
  EXPECT_EQ(c->traceparent(), good);
  EXPECT_FALSE(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")->sampled());
}

TEST(trace_context, of_a_later_version_what_is_known_counts) {
  const auto c = parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09-what-comes-later");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->traceparent(), good);
  EXPECT_TRUE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
}

TEST(trace_context, anything_else_is_nothing) {
  for (const std::string& wrong : {
           std::string(), std::string("00"), good.substr(0, 54), good + "-", good + "0", good + "-00", " " + good, good + " ",
           std::string("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), // forbidden version
           std::string("0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
           std::string("00-00000000000000000000000000000000-b7ad6b7169203331-01"), // ids of zeros
           std::string("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
           std::string("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"), // upper case
           std::string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A"),
           std::string("00-0af7651916cd43dd8448eb211c8031zz-b7ad6b7169203331-01"),
           std::string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\xff-01"),
           std::string("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01"),
           std::string("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x"),
           std::string("00-0af7651916cd43dd8448eb211c8031-9cb7ad6b7169203331-01--"), good + "," + good})
    EXPECT_FALSE(parse_traceparent(wrong)) << wrong;
}

TEST(trace_context, every_single_wrong_character_is_nothing) {
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char c : {'g', 'F', ' ', '\0', '/', '\x80'}) {
      std::string wrong = good;
      wrong[at] = c;
      EXPECT_FALSE(parse_traceparent(wrong)) << at << ": " << wrong;
    }
}

TEST(trace_context, a_tracestate_is_passed_on_within_limits) {
  EXPECT_EQ(valid_tracestate("rojo=00f067aa0ba902b7"), "rojo=00f067aa0ba902b7");
  EXPECT_EQ(valid_tracestate("rojo=1,congo=t61rcWkgMzE"), "rojo=1,congo=t61rcWkgMzE");
  std::string many = "k=v";
  for (int n = 1; n < 32; ++n)
    many += ",k" + std::to_string(n) + "=v";
  EXPECT_EQ(valid_tracestate(many), many);
  EXPECT_EQ(valid_tracestate(many + ",one=more"), "");
  EXPECT_EQ(valid_tracestate("k=" + std::string(510, 'v')).size(), 512u);
  EXPECT_EQ(valid_tracestate("k=" + std::string(511, 'v')), "");
  for (const char* wrong : {"", "rojo", "=1", "rojo=", "a=1,,b=2", "a=1,", ",a=1", "a=\n", "a=\xc3\xa9", "a=1\r\nX: y"})
    EXPECT_EQ(valid_tracestate(wrong), "") << wrong;
}

} // namespace
} // namespace millrace
