#include "metrics/metrics.hpp"

#include "core/failure.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

namespace millrace::metrics {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (one == line) {
      return true;
    }
  }
  return false;
}

// The value of the line that starts with `name` and a space; -1 if there is none.
double value_of(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (one.starts_with(name + " ")) {
      return std::stod(one.substr(name.size() + 1));
    }
  }
  return -1;
}

TEST(metrics, the_same_name_and_labels_give_the_same_metric) {
  registry all("gateway");
  auto& first = all.counter("millrace_events_total", "Events.", {{"outcome", "applied"}});
  auto& same = all.counter("millrace_events_total", "Events.", {{"outcome", "applied"}});
  auto& other = all.counter("millrace_events_total", "Events.", {{"outcome", "error"}});
  EXPECT_EQ(&first, &same);
  EXPECT_NE(&first, &other);
  first.add();
  same.add(2);
  EXPECT_TRUE(has_line(all.text(), "millrace_events_total{outcome=\"applied\"} 3")) << all.text();
  EXPECT_TRUE(has_line(all.text(), "millrace_events_total{outcome=\"error\"} 0"));
}

TEST(metrics, text_is_exposition_format_with_help_and_type) {
  registry all("gateway");
  all.histogram("millrace_seconds", "Time.", {0.5, 1}).observe(0.7);
  const std::string text = all.text();
  EXPECT_TRUE(has_line(text, "# HELP millrace_seconds Time.")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE millrace_seconds histogram"));
  EXPECT_TRUE(has_line(text, "millrace_seconds_bucket{le=\"0.5\"} 0"));
  EXPECT_TRUE(has_line(text, "millrace_seconds_bucket{le=\"1\"} 1"));
  EXPECT_TRUE(has_line(text, "millrace_seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_TRUE(has_line(text, "millrace_seconds_count 1"));
}

TEST(metrics, label_values_cannot_forge_lines) {
  registry all("gateway");
  all.gauge("millrace_g", "G.", {{"why", "a\"b\nc\\d"}}).set(1);
  EXPECT_TRUE(has_line(all.text(), "millrace_g{why=\"a\\\"b\\nc\\\\d\"} 1")) << all.text();
}

TEST(metrics, a_name_that_is_none_or_has_another_type_is_a_bug) {
  registry all("gateway");
  EXPECT_THROW(all.counter("no spaces", "x"), bug);
  all.counter("millrace_a_total", "A.");
  EXPECT_THROW(all.gauge("millrace_a_total", "A."), bug);
}

TEST(metrics, gauges_are_refreshed_before_each_scrape) {
  registry all("gateway");
  auto& depth = all.gauge("millrace_depth", "Depth.");
  int scrapes = 0;
  all.before_scrape([&] { depth.set(++scrapes); });
  EXPECT_TRUE(has_line(all.text(), "millrace_depth 1"));
  EXPECT_TRUE(has_line(all.text(), "millrace_depth 2"));
}

TEST(metrics, counters_lose_nothing_between_threads) {
  registry all("gateway");
  auto& hits = all.counter("millrace_hits_total", "Hits.");
  auto& took = all.histogram("millrace_took", "Took.", size_buckets());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 10'000; ++n) {
          hits.add();
          took.observe(n);
        }
      });
    }
  }
  EXPECT_TRUE(has_line(all.text(), "millrace_hits_total 40000")) << all.text();
  EXPECT_TRUE(has_line(all.text(), "millrace_took_count 40000"));
}

TEST(metrics, the_process_tells_about_itself) {
  registry all("gateway");
  const std::string text = all.text();
  EXPECT_GT(value_of(text, "process_cpu_seconds_total"), 0) << text;
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value_of(text, "process_virtual_memory_bytes"), 1e6);
  EXPECT_GT(value_of(text, "millrace_memory_limit_bytes"), value_of(text, "process_resident_memory_bytes"));
  EXPECT_GE(value_of(text, "process_open_fds"), 3);
  EXPECT_GT(value_of(text, "process_max_fds"), 3);
  EXPECT_GE(value_of(text, "process_threads"), 1);
  const double started = value_of(text, "process_start_time_seconds");
  EXPECT_NEAR(started, static_cast<double>(time(nullptr)), 3600);
  EXPECT_NE(text.find("millrace_build_info{"), std::string::npos);
  EXPECT_NE(text.find("service=\"gateway\""), std::string::npos);
}

} // namespace
} // namespace millrace::metrics
