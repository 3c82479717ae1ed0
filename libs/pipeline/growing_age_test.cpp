#include "pipeline/growing_age.hpp"
#include "testing/exposition.hpp"

#include <gtest/gtest.h>

using namespace millrace;

namespace {

double told(const metrics::registry& m) { return trial::sum_of(m.text(), "millrace_oldest_seconds").value_or(-1); }

} // namespace

TEST(growing_age, grows_from_scrape_to_scrape_though_nobody_sets_it) {
  metrics::registry m("test");
  pipeline::growing_age age(m, "millrace_oldest_seconds", "Age of the oldest");
  EXPECT_EQ(told(m), -1) << "nothing is known yet, and nothing is told";
  age.is(300);
  const auto first = told(m);
  EXPECT_GE(first, 300);
  EXPECT_GT(told(m), first);
  age.nothing_waits();
  EXPECT_EQ(told(m), 0);
}

TEST(growing_age, is_of_one_series_of_its_metric) {
  metrics::registry m("test");
  pipeline::growing_age a(m, "millrace_oldest_seconds", "Age of the oldest", {{"topic", "a"}}), b(m, "millrace_oldest_seconds", "Age of the oldest", {{"topic", "b"}});
  a.is(10);
  b.nothing_waits();
  EXPECT_GE(trial::sum_of(m.text(), R"(millrace_oldest_seconds{topic="a"})").value_or(0), 10);
  EXPECT_EQ(trial::sum_of(m.text(), R"(millrace_oldest_seconds{topic="b"})"), 0.0);
}
