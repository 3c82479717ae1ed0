// What was measured of the line, at one time: plain values that the verdict and the page are made of.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::console {

// Whether something answers.
struct answering {
  bool yes = false;
  std::string why;           // it does not; one line
  std::int64_t since_ms = 0; // since when it is as it is; 0: not asked yet
};

struct topic_balance {
  std::int64_t read = 0;
  std::array<std::int64_t, 5> outcomes{}; // applied, ignored, duplicate, error, stuck
  std::int64_t waits = 0;                 // in Kafka and not recorded
  bool holds() const;
};

struct failing_check {
  std::string name, state, do_this;
};

struct service_measure {
  std::string name;
  answering answers;
  std::vector<failing_check> failing; // of /readyz, while it answers
  // What its tables and the ends of its topics say; nothing while `has_tables` is false.
  bool has_tables = false;
  std::map<std::string, topic_balance> topics;
  std::int64_t lag = 0, marks = 0, stuck_events = 0, stuck_groups = 0, outbox = 0, findings = 0;
  double oldest_event_s = 0, oldest_mark_s = 0;

  double oldest_s() const { return oldest_event_s > oldest_mark_s ? oldest_event_s : oldest_mark_s; }
  std::size_t waiting_topics() const;
  std::array<std::int64_t, 5> outcomes() const;
  std::int64_t read() const;
};

struct measurement {
  std::int64_t now_ms = 0;
  answering kafka, postgres;
  std::vector<service_measure> services; // in the order of the line; the gateway first
  std::size_t events_last_minute = 0;    // that were seen on the topics
  std::size_t waiting_last_minute = 0;   // those of them without a row yet
  std::int64_t newest_event_ms = 0;      // 0: none was seen
};

} // namespace millrace::console
