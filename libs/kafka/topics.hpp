// Topics are data: topics/<topic>.json, created and compared by the CLI. Never deletes, never shrinks.
#pragma once

#include "core/result.hpp"
#include "kafka/client.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::kafka {

struct topic_file {
  std::string name;
  int partitions = 1;
  int replication = -1; // -1: the cluster's default.replication.factor (1 on one node, 3 in production)
  std::map<std::string, std::string> config; // retention.ms, cleanup.policy, max.message.bytes, …
  std::string key;                           // what the record key is made of, for people
  std::vector<std::string> producers, consumers;
  std::string raw_owner;                     // the service that writes its raw row
  std::string raw_table;                     // "webhook_events", …: schema-relative name in the owner's raw tables
  std::string description;
};

// All topics/*.json of a folder (or embedded), sorted by name; all faults at once: `schema`, the codes of json::file,
// `bad_topic` where values contradict each other.
std::vector<topic_file> load_topics(const std::string& folder, std::vector<fault>& faults);
std::vector<topic_file> embedded_topics(std::vector<fault>& faults);

struct topic_difference {
  std::string topic, what, wanted, found; // what: "missing", "partitions", "config retention.ms", …
  bool can_apply = true;                  // false: shrinking partitions, another replication
};
std::vector<topic_difference> diff_topics(const client_settings& s, const std::vector<topic_file>& wanted);
// Creates what is missing, adds partitions, sets config; returns what it could not. Waits until the cluster shows it.
std::vector<topic_difference> apply_topics(const client_settings& s, const std::vector<topic_file>& wanted);

} // namespace millrace::kafka
