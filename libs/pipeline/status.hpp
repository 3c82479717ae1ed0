// What the tables of a service say of the line: for metrics, the demo's report and tools. Reads only.
#pragma once

#include "kafka/consumer.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace millrace::pipeline {

struct topic_balance {
  std::int64_t first = 0, next = 0;         // summed over partitions
  std::array<std::int64_t, 5> outcomes{};   // in order of `outcome`
  bool holds() const;
};

struct service_status {
  std::map<std::string, topic_balance> topics;
  std::int64_t marks = 0;             // counted up to 100,000
  double oldest_mark_seconds = 0;
  std::int64_t stuck_groups = 0, outbox = 0, stuck_events = 0;
  std::map<std::string, std::int64_t> findings; // by kind
};
service_status read_status(postgres::connection& c, const service& s);

// Up to where each partition is recorded: its next offset. Those that were never read are not there.
std::map<kafka::partition_id, std::int64_t> read_positions(postgres::connection& c, const service& s);

// Rows of every raw and derived table of the service, by schema-qualified name.
std::map<std::string, std::int64_t> count_rows(postgres::connection& c, const service& s);

} // namespace millrace::pipeline
