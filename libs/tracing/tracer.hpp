// Makes spans and sends them, in batches, on a thread of its own. The line never waits for it: what does not fit into the queue and
// what the receiver does not take is dropped and counted. Owned by the process; null where nothing is traced. Any thread.
#pragma once

#include "metrics/metrics.hpp"
#include "tracing/span.hpp"
#include "tracing/trace_settings.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace millrace::tracing {

std::int64_t now_ns(); // since 1970

class tracer {
public:
  // Null where the settings say that nothing is traced.
  static std::unique_ptr<tracer> of(const trace_settings& s, metrics::registry& m);
  ~tracer(); // sends what is left, for at most 2 s

  // A span that begins now, in the parent's trace, or in one of its own. Whether it is sampled stands in its context, which is what
  // goes on to others: a span that is not sampled has one, too.
  span begin(std::string name, span_kind kind, const std::optional<trace_context>& parent) const;
  // It ends now, and is sent if it is sampled.
  void end(span&& s);

private:
  tracer(const trace_settings& s, metrics::registry& m);
  bool samples(const trace_context& c, const std::optional<trace_context>& parent) const;
  void run();
  void send(std::span<const span> batch, std::chrono::milliseconds most);

  const trace_settings settings_;
  const std::size_t enough_; // spans that are worth an export before its time
  metrics::counter &sent_, &full_, &not_taken_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<span> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace millrace::tracing
