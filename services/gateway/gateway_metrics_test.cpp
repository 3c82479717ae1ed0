// What the gateway counts is there, at 0, before it happens.
#include "metrics.hpp"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

std::shared_ptr<const sources> configured(const catalogue& profiles) {
  std::vector<fault> faults, warnings;
  sources::secret_store inline_only;
  inline_only.dev_mode = true;
  auto read = sources::parse("sources.json", R"({"sources": {"main": {"provider": "verity", "keys": [
      {"id": "k1", "signature": "broadcast-hmac", "inline": "a secret of this test alone", "not_after": "2030-01-01T00:00:00Z"}]}}})",
                             profiles, inline_only, faults, warnings);
  EXPECT_TRUE(faults.empty()) << faults.front().text();
  return read;
}

TEST(gateway_metrics, what_alerts_count_is_there_before_it_happens) {
  std::vector<fault> faults;
  const catalogue profiles = catalogue::embedded(faults);
  metrics::registry all("gateway");
  served by(std::make_shared<directory>(configured(profiles), std::chrono::steady_clock::now()), all);
  const std::string text = all.text();
  for (const char* line : {R"(millrace_events_published_total{topic="raw.verity"} 0)",
                           R"(millrace_requests_total{answer="accepted",reason="",source="verity/main"} 0)",
                           R"(millrace_requests_total{answer="unavailable",reason="deadline",source="verity/main"} 0)",
                           R"(millrace_requests_total{answer="overloaded",reason="queue_full",source="verity/main"} 0)",
                           R"(millrace_key_not_after_timestamp_seconds{key="k1",source="verity/main"} 1893456000)",
                           R"(millrace_request_seconds_count{stored="yes"} 0)"})
    EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << " is not in\n" << text;
}

TEST(gateway_metrics, only_what_was_stored_counts_as_answered_in_time) {
  std::vector<fault> faults;
  const catalogue profiles = catalogue::embedded(faults);
  metrics::registry all("gateway");
  served by(std::make_shared<directory>(configured(profiles), std::chrono::steady_clock::now()), all);
  by.answered(nullptr, answer::accepted, {}, 0.2);
  by.answered(nullptr, answer::unavailable, {}, 0.001);
  const std::string text = all.text();
  EXPECT_NE(text.find("millrace_request_seconds_bucket{stored=\"yes\",le=\"1\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("millrace_request_seconds_count{stored=\"no\"} 1\n"), std::string::npos) << text;
}

} // namespace
} // namespace millrace::gateway
