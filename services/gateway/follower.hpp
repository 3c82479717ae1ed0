// The gateway's own copy of open jobs, kept up to date: the loops of a consumer service on threads of this process, and a look every
// second whether it is fresh enough to hand out jobs by. Owned by worker_calls.
#pragma once

#include "kafka/consumer.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/service.hpp"
#include "pipeline/service_loops.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace millrace::gateway {

class follower {
public:
  follower(pipeline::service s, metrics::registry& registry);
  ~follower();
  // Whose keys verify administration again: until it starts.
  void serve(std::shared_ptr<const sources> by);
  void start(); // again does nothing
  void stop();

  // Every record of the last 15 s and before is folded, as far as is known: no job that is done already looks open.
  bool is_fresh() const;
  std::string state() const; // for people

private:
  using steady = std::chrono::steady_clock;
  // Up to where a partition was written when it was looked at, and when that was.
  struct wanted {
    std::int64_t next = 0;
    steady::time_point since;
  };
  bool tables_are_ready();
  void run();
  void watch();
  void look(kafka::reader& reader, postgres::connection& c);

  pipeline::service service_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::int64_t> fresh_until_ns_ = 0;
  metrics::registry& registry_;
  metrics::gauge* fresh_ = nullptr; // from start() on
  pipeline::service_loops loops_;
  std::map<kafka::partition_id, wanted> wanted_; // of the watching thread
  std::thread thread_;
};

} // namespace millrace::gateway
