// Whether people may be told now what the tables say. Not while the service is behind what was said: time may have come before
// the facts that explain it, and a rebuild is no news. Owned by the deliverer's thread.
#pragma once

#include "kafka/consumer.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace millrace::alerting {

class holding {
public:
  explicit holding(const pipeline::service& s) : service_(s), reader_(s.kafka) {}
  // Why nobody may be told: a partition that is more than `late_most` behind, a group that has waited for longer, events that are
  // read again, or topics that were not yet read to where they ended when this began. nullopt: go on.
  std::optional<std::string> why(postgres::connection& c);

  static constexpr std::chrono::seconds late_most{60};

private:
  using ends = std::map<kafka::partition_id, std::int64_t>;
  ends ends_of_logs();
  bool reached(postgres::connection& c, const ends& wanted);

  const pipeline::service& service_;
  kafka::reader reader_;
  std::optional<ends> wanted_;
  std::chrono::steady_clock::time_point asked_{};
  bool was_reached_ = false; // any of them, since this began
};

} // namespace millrace::alerting
