// The copies of a group's positions that its consumers leave in Kafka (`consumer::commit_copy`): never where a consumer
// begins, which rows alone say, but what is known of it while those cannot be read. Joins no group. Owned by one thread.
#pragma once

#include "kafka/client.hpp"
#include "kafka/consumer.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace millrace::kafka {

class position_copies {
public:
  // Of `group`, unless the settings name another.
  position_copies(const client_settings& s, const std::string& group);
  ~position_copies();
  position_copies(const position_copies&) = delete;
  position_copies& operator=(const position_copies&) = delete;

  // Nothing when there is none. Throws outage while no broker answers within `most`.
  std::optional<std::int64_t> of(const partition_id& p, std::chrono::milliseconds most) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::kafka
