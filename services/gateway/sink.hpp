// Where events go. What came of them is a value, so that a further place (the spool) is one more sink and nothing else
// changes. Owned by one worker; on its loop's thread.
#pragma once

#include "event/event.hpp"
#include "http/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::gateway {

enum class durability : std::uint8_t {
  kafka, // acknowledged by all in-sync replicas
  spool, // on this machine's disk, fsynced; Kafka gets it later
  none   // thrown away: publishing is switched off (benchmarks)
};
std::string_view name_of(durability d);

// One record to be stored: an event as it stands on the topic.
struct outgoing {
  std::string key, value;
  header_list headers;

  explicit outgoing(event&& e) : key(std::move(e.partition_key)), headers(encode_headers(e)) { value = std::move(e.body); }
  std::size_t bytes() const { return key.size() + value.size() + bytes_of(headers); }
};

struct stored {
  std::optional<durability> where; // nullopt: not stored, or not known to be
  std::string_view why_not;        // `deadline`, `queue_full`, `refused`, `outage`: a metric label
};

class sink {
public:
  virtual ~sink() = default;
  // All events of one post: stored only when every one is. Waits at most `most`, without holding the records; what is
  // reported later is counted and forgotten.
  virtual http::task<stored> store(const std::string& topic, std::vector<outgoing> records,
                                   std::chrono::milliseconds most) = 0;

  struct load {
    std::size_t events = 0, bytes = 0; // handed over, not yet reported; the bytes of keys, values and headers
  };
  virtual load in_flight() const = 0;
  // The store takes events now, as far as is known.
  virtual bool connected() const = 0;
  virtual std::uint64_t renewals() const = 0;
  // Waits for what is in flight; false when the time is over. Blocks: after the loop has ended.
  virtual bool flush(std::chrono::milliseconds most) = 0;
};

} // namespace millrace::gateway
