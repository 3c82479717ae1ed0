#include "metrics/metrics.hpp"

#include "core/failure.hpp"
#include "metrics/build_info.hpp"
#include "metrics/process_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace millrace::metrics {

void counter::add(double n) { static_cast<prometheus::Counter*>(held_)->Increment(n); }
void gauge::set(double v) { static_cast<prometheus::Gauge*>(held_)->Set(v); }
void gauge::add(double v) { static_cast<prometheus::Gauge*>(held_)->Increment(v); }
void histogram::observe(double v) { static_cast<prometheus::Histogram*>(held_)->Observe(v); }

std::vector<double> latency_buckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

std::vector<double> size_buckets() { return {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000}; }

struct registry::state {
  prometheus::Registry all;
  std::mutex making; // over the three maps: metrics are made at start, rarely later
  // Keyed by name and labels. Nodes of a map never move, so that references stay.
  std::map<std::pair<std::string, labels>, metrics::counter> counters;
  std::map<std::pair<std::string, labels>, metrics::gauge> gauges;
  std::map<std::pair<std::string, labels>, metrics::histogram> histograms;
  std::mutex scraping; // over refreshers: one scrape at a time
  std::vector<std::function<void()>> refreshers;

  // The metric of that name and labels; `make` gives prometheus-cpp's when it is new.
  template <class T>
  T& find_or_make(std::map<std::pair<std::string, labels>, T>& in, const std::string& name, const labels& l,
                  const std::function<void*(const prometheus::Labels&)>& make) {
    const std::lock_guard hold(making);
    auto [at, is_new] = in.try_emplace({name, l});
    if (is_new) {
      try {
        at->second.held_ = make(prometheus::Labels(l.begin(), l.end()));
      } catch (const std::invalid_argument& e) {
        in.erase(at);
        throw bug("metric " + name + ": " + e.what());
      }
    }
    return at->second;
  }
};

registry::registry(const std::string& service) : state_(std::make_unique<state>()) {
  gauge("millrace_build_info", "What this process was built from; always 1.",
        {{"version", std::string(build_version())},
         {"revision", std::string(build_revision())},
         {"service", service}})
      .set(1);
}

registry::~registry() = default;

counter& registry::counter(const std::string& name, const std::string& help, const labels& l) {
  return state_->find_or_make(state_->counters, name, l, [&](const prometheus::Labels& given) {
    return &prometheus::BuildCounter().Name(name).Help(help).Register(state_->all).Add(given);
  });
}

gauge& registry::gauge(const std::string& name, const std::string& help, const labels& l) {
  return state_->find_or_make(state_->gauges, name, l, [&](const prometheus::Labels& given) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(state_->all).Add(given);
  });
}

histogram& registry::histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                               const labels& l) {
  return state_->find_or_make(state_->histograms, name, l, [&](const prometheus::Labels& given) {
    return &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->all).Add(given, buckets);
  });
}

void registry::before_scrape(std::function<void()> refresh) {
  const std::lock_guard hold(state_->scraping);
  state_->refreshers.push_back(std::move(refresh));
}

std::string registry::text() const {
  const std::lock_guard hold(state_->scraping);
  for (const auto& refresh : state_->refreshers) {
    refresh();
  }
  auto families = state_->all.Collect();
  for (auto& family : process_families()) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace millrace::metrics
