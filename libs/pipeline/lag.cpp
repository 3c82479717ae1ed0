#include "pipeline/lag.hpp"

#include "core/instant.hpp"
#include "pipeline/group.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::pipeline {

using namespace std::chrono_literals;

namespace {

constexpr auto most = 2s; // that Kafka may take to answer

} // namespace

void waiting_events::add(const waiting_events& more) {
  events += more.events;
  oldest_seconds = std::max(oldest_seconds, more.oldest_seconds);
}

void show_waiting(metrics::registry& m, const std::string& topic, const waiting_events& w) {
  m.gauge("millrace_lag_events", "Events on the topic that are not recorded yet; of the whole service while its check migrations fails", {{"topic", topic}}).set(w.events);
  m.gauge(oldest_event_gauge, oldest_event_help, {{"topic", topic}}).set(w.oldest_seconds);
}

void lag_by_copies::look() {
  if (!reader_) {
    copies_ = std::make_unique<kafka::position_copies>(service_.kafka, group_of(service_.name));
    reader_ = std::make_unique<kafka::reader>(service_.kafka);
  }
  for (const auto& t : service_.topics) {
    waiting_events all;
    for (int n = 0, end = reader_->partitions(t.name, most); n < end; ++n)
      all.add(of({t.name, n}));
    show_waiting(metrics_, t.name, all);
  }
}

waiting_events lag_by_copies::of(const kafka::partition_id& p) {
  const auto log = reader_->watermarks(p, most);
  const auto next = std::clamp(copies_->of(p, most).value_or(log.first), log.first, log.next);
  if (next == log.next)
    return {};
  auto& waits = oldest_[p];
  if (waits.offset != next)
    reader_->read(p, next, log.next, [&](const kafka::record& r) {
      waits = {next, r.timestamp_ms};
      return false;
    });
  const auto age_ms = now().us / 1000 - waits.timestamp_ms;
  return {static_cast<double>(log.next - next), std::max(0., static_cast<double>(age_ms) / 1000)};
}

} // namespace millrace::pipeline
