// The recording loop of one consumer: poll a batch, store it with its offsets, go on. Owns its Kafka consumer and its
// Postgres connection; runs on a thread of its own until told to stop.
#pragma once

#include "core/heartbeat.hpp"
#include "kafka/consumer.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/growing_age.hpp"
#include "pipeline/pause.hpp"
#include "pipeline/record.hpp"
#include "pipeline/service.hpp"
#include "tracing/tracer.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace millrace::pipeline {

// What /readyz says of a loop, and its sign of life: touched by the loop, read by the admin thread.
class loop_health {
public:
  void good();
  void bad(std::string why, std::string do_this);
  struct state {
    bool ok = false;
    std::string why = "starting", do_this;
  };
  state read() const;
  void beat() { heart_.beat(); } // good() and bad() do, too
  std::chrono::milliseconds since_beat() const { return heart_.age(); }

private:
  heartbeat heart_;
  mutable std::mutex mutex_;
  state state_;
};

class record_loop {
public:
  // `traces` may be null.
  record_loop(const service& s, metrics::registry& m, tracing::tracer* traces = nullptr);
  ~record_loop();

  // Returns when `stop` is set. Outages pause and back off; nothing is thrown for them.
  void run(const std::atomic<bool>& stop);
  const loop_health& kafka_health() const { return kafka_health_; }
  const loop_health& postgres_health() const { return postgres_health_; }

  // For tests of crashes: handed to the recorder.
  std::function<void(std::string_view point)> at_point;

private:
  void step();
  void open(const std::vector<kafka::partition_id>& partitions);
  std::optional<std::int64_t> start_of(const kafka::partition_id& p);
  std::vector<kafka::record> take(std::span<const kafka::record> polled);
  void block(const kafka::partition_id& p, const std::string& why);
  void show_stopped();
  void show_batch(std::span<const kafka::record> records);
  void stored(std::span<const kafka::record> records, const batch_report& report, double seconds);
  void look_for_session();
  void show_lag(bool ask);
  void start_over(const std::string& why, const std::string& do_this);

  const service& service_;
  metrics::registry& metrics_;
  tracing::tracer* traces_;
  loop_health kafka_health_, postgres_health_;
  std::unique_ptr<kafka::consumer> consumer_;
  std::unique_ptr<kafka::reader> watermarks_;
  std::unique_ptr<postgres::connection> connection_;
  std::unique_ptr<recorder> recorder_;
  std::chrono::steady_clock::time_point looked_for_session_;
  std::set<kafka::partition_id> assigned_, unopened_, blocked_;
  std::map<kafka::partition_id, std::int64_t> next_;              // what the row says
  std::map<kafka::partition_id, std::string> expected_;           // fingerprint of record next−1, until it was compared
  std::map<kafka::partition_id, std::int64_t> last_timestamp_ms_; // of the last record stored
  std::map<kafka::partition_id, double> waiting_since_ms_;        // since when records may wait there
  std::map<std::string, growing_age> ages_;                       // by topic: of the oldest event that waits
  outage_pause pause_;
};

} // namespace millrace::pipeline
