// TOPIC's reading end: a group member that takes its positions from us (offsets are rows), never from Kafka. Owned by one
// thread, which blocks in poll().
#pragma once

#include "event/event.hpp"
#include "kafka/client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::kafka {

// One record as it lies in librdkafka's memory: views are valid until the next poll.
struct record {
  std::string_view topic;
  int partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::string_view key, value;
  header_list headers;
  // 16 bytes of SHA-256 over offset, timestamp, key and value: tells a topic that was made anew from the old one.
  std::string fingerprint() const;
};

struct partition_id {
  std::string topic;
  int partition = 0;
  friend auto operator<=>(const partition_id&, const partition_id&) = default;
};

class consumer {
public:
  struct callbacks {
    // Partitions came: answer with the offset to start each from (nullopt: from the beginning). Called in poll().
    std::function<std::vector<std::optional<std::int64_t>>(std::span<const partition_id>)> assigned;
    // Partitions went (or are lost). Called in poll().
    std::function<void(std::span<const partition_id>)> revoked;
    // The next offset of a partition is outside its log: the partition is paused and stays so.
    std::function<void(const partition_id&, std::int64_t wanted, const std::string& why)> out_of_range;
  };

  consumer(const client_settings& s, const std::string& group, const std::vector<std::string>& topics, callbacks c);
  ~consumer(); // leaves the group at once
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;

  // At most `most` records, waiting at most `wait` for the first and a few ms more for a fuller batch. Throws outage when the cluster is away
  // (after `wait`, while it stays so: retryable).
  std::span<const record> poll(std::size_t most, std::chrono::milliseconds wait);
  // Goes back to an offset (after a rolled-back batch, or when a partition's row says another place).
  void seek(const partition_id& p, std::int64_t offset);
  void pause(const partition_id& p);
  void resume(const partition_id& p);
  std::vector<partition_id> assignment() const;
  // Copies positions to Kafka for lag tools; asynchronous, failures do not matter.
  void commit_copy(const partition_id& p, std::int64_t next_offset);
  // End of the log as last seen by fetches, -1 unknown.
  std::int64_t high_watermark(const partition_id& p) const;
  std::string cluster_id() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

// Reads one partition from one offset to another without a group (for `tail`, fingerprints, tests).
class reader {
public:
  reader(const client_settings& s);
  ~reader();
  struct range {
    std::int64_t first = 0, next = 0; // log start and end
  };
  range watermarks(const partition_id& p, std::chrono::milliseconds most);
  int partitions(const std::string& topic, std::chrono::milliseconds most);
  std::string cluster_id();
  // First offset whose timestamp is at or after; next if none.
  std::int64_t offset_at(const partition_id& p, std::int64_t timestamp_ms, std::chrono::milliseconds most);
  // Calls `each` for every record from `from` to `to` (excluded); stops early when it returns false.
  void read(const partition_id& p, std::int64_t from, std::int64_t to, const std::function<bool(const record&)>& each);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::kafka
