// Kafka's Admin API as far as topics need it: what is there, make, add partitions, set config. Private to this folder.
// One thread; every call blocks until the cluster has answered. Throws outage when it does not.
#pragma once

#include "kafka/configuration.hpp"
#include "kafka/topics.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::kafka {

class admin {
public:
  explicit admin(const client_settings& s);

  struct topic_state {
    int partitions = 0, replication = 0;
    bool ready = false;                           // every partition has a leader
    std::map<std::string, std::string> config;    // what is in force, wherever it comes from
    std::map<std::string, std::string> overrides; // the part of it that is the topic's own
  };
  // Those of `names` that exist.
  std::map<std::string, topic_state> describe(const std::vector<std::string>& names);

  // Each answers what the cluster refused, or nothing. A topic that exists already is no refusal.
  std::optional<std::string> create(const topic_file& t);
  std::optional<std::string> set_partitions(const std::string& topic, int wanted);
  // Sets these and keeps every other override (`now`: the overrides as described).
  std::optional<std::string> set_config(const std::string& topic, const std::map<std::string, std::string>& wanted,
                                        const std::map<std::string, std::string>& now);
  std::optional<std::string> remove(const std::string& topic); // for tests: no tool of ours deletes a topic

private:
  owned_event answer(const char* asked);

  owned_client client_;
  owned_queue queue_;
};

} // namespace millrace::kafka
