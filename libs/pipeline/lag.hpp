// What waits for a service on its topics: the gauges that say so, and, for a process that has not read its rows yet because
// Postgres was away when it started, what the copies of its positions in Kafka say. One thread.
#pragma once

#include "kafka/consumer.hpp"
#include "kafka/position_copies.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/service.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace millrace::pipeline {

struct waiting_events {
  double events = 0, oldest_seconds = 0;
  // As many as both, as old as the older.
  void add(const waiting_events& more);
};

inline constexpr auto oldest_event_gauge = "millrace_oldest_unprocessed_event_seconds", oldest_event_help = "Age of the oldest event that is not recorded yet";
void show_waiting(metrics::registry& m, const std::string& topic, const waiting_events& w);

// Of the whole service, whoever reads which partition: this process is in no group yet. A copy may be a second old, so that
// the last events before a stop may count as waiting; a partition without one is read from its first record, as it will be.
class lag_by_copies {
public:
  lag_by_copies(const service& s, metrics::registry& m) : service_(s), metrics_(m) {}

  // Asks Kafka and shows. Throws outage while it does not answer.
  void look();

private:
  waiting_events of(const kafka::partition_id& p);

  const service& service_;
  metrics::registry& metrics_;
  std::unique_ptr<kafka::reader> reader_;
  std::unique_ptr<kafka::position_copies> copies_;
  struct oldest {
    std::int64_t offset = -1, timestamp_ms = 0;
  };
  std::map<kafka::partition_id, oldest> oldest_; // read once, as long as the position stays
};

} // namespace millrace::pipeline
