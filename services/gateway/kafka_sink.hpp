// The sink that is Kafka: hands events to the worker's own producer and resumes the request when the last delivery report
// is in, or when its time is over. What the requests of one round of the loop bring is handed over together at its end:
// the producer's thread is woken once, and finds a batch.
#pragma once

#include "http/loop.hpp"
#include "kafka/producer.hpp"
#include "sink.hpp"

#include "metrics/metrics.hpp"

#include <coroutine>
#include <deque>
#include <map>
#include <vector>

namespace millrace::gateway {

class kafka_sink final : public sink {
public:
  // `delivery_time`: after it Kafka's client gives a record up (long after its request was answered).
  kafka_sink(http::loop& on, const kafka::client_settings& s, std::chrono::milliseconds delivery_time,
             metrics::registry& metrics);

  http::task<stored> store(const std::string& topic, std::vector<outgoing> records,
                           std::chrono::milliseconds most) override;
  load in_flight() const override { return load_; }
  bool connected() const override { return producer_.connected(); }
  std::uint64_t renewals() const override { return producer_.renewals(); }
  bool flush(std::chrono::milliseconds most) override { return producer_.flush(most); }

private:
  using steady = std::chrono::steady_clock;
  struct topic_metrics {
    metrics::counter* published;
    metrics::histogram* seconds;
  };
  // One post on its way. It outlives its request when reports come late, and is used again afterwards.
  struct ticket {
    kafka_sink* owner = nullptr;
    std::coroutine_handle<> waiting;
    std::uint32_t unreported = 0;
    bool is_open = false;      // its request still stands
    bool is_handed_over = false;
    std::string_view why_not;
    std::size_t bytes = 0;
    steady::time_point begun, deadline;
    const topic_metrics* counted = nullptr;
  };
  struct settling;
  struct brought {
    ticket* t;
    std::string topic;
    std::vector<outgoing> records;
  };

  ticket& open(const topic_metrics& counted, std::chrono::milliseconds most);
  void bring(brought b);
  void hand_over_all();
  void hand_over(const brought& b);
  stored close(ticket& t);
  void recycle(ticket& t);
  static void reported(void* opaque, const kafka::delivery& d);
  void serve_reports();
  void end_overdue();
  const topic_metrics& metrics_of(const std::string& topic);

  http::loop& loop_;
  metrics::registry& metrics_;
  std::map<std::string, topic_metrics> topics_;
  load load_;
  std::deque<ticket> tickets_; // never shrinks; as many as were ever in flight at once
  std::vector<ticket*> free_;
  std::vector<ticket*> settled_; // in this round of reports
  std::vector<brought> brought_; // in this round of the loop
  kafka::producer producer_;
};

// The sink of benchmarks: takes everything, keeps nothing.
class no_sink final : public sink {
public:
  http::task<stored> store(const std::string&, std::vector<outgoing>, std::chrono::milliseconds) override {
    co_return stored{durability::none, {}};
  }
  load in_flight() const override { return {}; }
  bool connected() const override { return true; }
  std::uint64_t renewals() const override { return 0; }
  bool flush(std::chrono::milliseconds) override { return true; }
};

} // namespace millrace::gateway
