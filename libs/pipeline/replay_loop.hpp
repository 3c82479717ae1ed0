// Reads again what was read under another facts_version, beside the recording of what is new: each partition from the
// row that `migrate` left in `replays` to where recording stood then. On a thread of its own, with its own connection;
// of several instances one does it.
#pragma once

#include "kafka/consumer.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/record.hpp"
#include "pipeline/service.hpp"

#include <atomic>
#include <functional>
#include <string_view>

namespace millrace::pipeline {

class replay_loop {
public:
  replay_loop(const service& s, metrics::registry& m) : service_(s), metrics_(m) {}
  // Returns when `stop` is set. Outages pause and back off.
  void run(const std::atomic<bool>& stop);

  // For tests of crashes: handed to the recorder.
  std::function<void(std::string_view point)> at_point;

private:
  struct span; // of a partition, still to be read
  bool read_one(postgres::connection& c, kafka::reader& reader, recorder& r, const std::string& cluster, const std::atomic<bool>& stop);
  void read(postgres::connection& c, kafka::reader& reader, recorder& r, const span& s, const std::atomic<bool>& stop);
  std::int64_t show_left(postgres::connection& c); // how many, in this and other clusters

  const service& service_;
  metrics::registry& metrics_;
};

} // namespace millrace::pipeline
