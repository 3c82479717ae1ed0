// TOPIC's writing end: an idempotent producer (acks=all, linger 0: batches form behind the request in flight). Owned by one thread, which
// produces and polls; delivery reports arrive in poll(). A fatal error makes a new underlying producer: what was queued is
// reported failed (send it again), what was on the wire as Kafka answers it, so that nothing is acknowledged that Kafka
// does not have and every record is reported once.
#pragma once

#include "event/event.hpp"
#include "kafka/client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::kafka {

struct delivery {
  bool stored = false;        // acknowledged by all in-sync replicas
  bool retryable = true;      // when not stored: whether the same record may be stored later
  int partition = -1;
  std::int64_t offset = -1;
  std::string error;          // librdkafka's name, e.g. "_MSG_TIMED_OUT": a closed set, usable as a metric label
};

class producer {
public:
  // Called once for each accepted record, from poll(), on the owner's thread.
  using on_delivery = void (*)(void* opaque, const delivery& d);

  producer(const client_settings& s, std::chrono::milliseconds delivery_timeout, on_delivery done);
  ~producer(); // waits for what is in flight at most delivery_timeout
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;

  // Hands one record over; the bytes are copied. False when the queue is full (the caller sheds); otherwise `done` will
  // be called with `opaque` exactly once. Throws outage when the topic does not exist.
  bool send(const std::string& topic, std::string_view key, std::string_view value, const header_list& headers, void* opaque);

  // Serves delivery reports and events that are ready; never blocks. Returns how many were served.
  int poll();
  // A descriptor that becomes readable when poll() has something to do (for the gateway's event loop).
  int ready_descriptor() const;
  // Waits until nothing is in flight; false when the time is over.
  bool flush(std::chrono::milliseconds most);
  std::size_t in_flight() const;
  // True when a broker was reachable lately.
  bool connected() const;
  // How often a fatal error made a new producer.
  std::uint64_t renewals() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::kafka
