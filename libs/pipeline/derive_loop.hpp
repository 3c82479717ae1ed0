// The deriving loop and the loop that publishes dead letters and what the service says of itself: each on a thread of its own, with its own connection.
#pragma once

#include "metrics/metrics.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/growing_age.hpp"
#include "pipeline/record_loop.hpp"
#include "pipeline/service.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace millrace::pipeline {

class derive_loop {
public:
  derive_loop(const service& s, metrics::registry& m)
      : service_(s), metrics_(m), oldest_mark_(m, "millrace_oldest_mark_seconds", "Age of the oldest group that is to be derived again") {}
  // Woken by record's bell, and looks once a second; keeps the gauges of read_status fresh.
  void run(const std::atomic<bool>& stop);
  const loop_health& health() const { return health_; }
  std::function<void(std::string_view point)> at_point;

private:
  void show(const derive_report& r);
  void show_status(postgres::connection& c);
  void begin_to_look();
  void end_to_look();

  const service& service_;
  metrics::registry& metrics_;
  loop_health health_;
  growing_age oldest_mark_;
  bool marks_wait_ = false; // as last seen
  std::map<std::string, std::int64_t> findings_; // by kind, as shown; also those of which there are none any more
};

class outbox_loop {
public:
  outbox_loop(const service& s, metrics::registry& m) : service_(s), metrics_(m) {}
  // Publishes rows of the outbox and deletes them when Kafka has them; puts in what is amiss.
  void run(const std::atomic<bool>& stop);

private:
  const service& service_;
  metrics::registry& metrics_;
};

} // namespace millrace::pipeline
