// Follows all partitions of some topics from near their ends, in no group and without positions of its own: for those who
// only look. Owned by one thread, which blocks in poll(). An outage is a state, not an exception: it goes on by itself.
#pragma once

#include "kafka/consumer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::kafka {

class follower {
public:
  // `tail`: how many records before each end it begins with.
  follower(const client_settings& s, const std::vector<std::string>& topics, std::int64_t tail);
  ~follower();
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;

  // Calls `each` for at most `most` records; waits at most `wait` for the first. New topics and partitions are found within
  // seconds. Looking for them takes up to a second while no broker answers.
  void poll(std::size_t most, std::chrono::milliseconds wait, const std::function<void(const record&)>& each);
  // Why no broker answers; empty while one does.
  const std::string& away() const;
  // The ends of the logs as last seen.
  std::map<partition_id, std::int64_t> ends() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::kafka
