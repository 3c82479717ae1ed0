// What the gateway counts. Labels are closed sets: sources, schemes and keys of the configuration, codes of ours; never
// anything from a request. Each worker has a `served` of its own, so that the hot path looks nothing up.
#pragma once

#include "answer.hpp"
#include "directory.hpp"
#include "metrics/metrics.hpp"
#include "provider/verify.hpp"

#include <array>
#include <memory>
#include <vector>

namespace millrace::gateway {

metrics::counter& published_counter(metrics::registry& registry, const std::string& topic);

// The sources as one worker serves them, with their counters. Requests in flight keep the one they began with.
class served {
public:
  served(std::shared_ptr<const directory> d, metrics::registry& registry);

  const directory& sources() const { return *directory_; }
  // `s` is null for a request that names no source of ours; `seconds` since all of it was there.
  void answered(const source* s, answer a, std::string_view reason, double seconds);
  void verified(const source& s, const verdict& v);

private:
  struct of_source {
    std::string name; // "<provider>/<source>"
    std::array<metrics::counter*, answer_count> answers{};
    struct of_key {
      std::string_view scheme, key; // of the configuration: the same place in memory for the same key
      verdict::outcome outcome;
      metrics::counter* count;
    };
    std::vector<of_key> verdicts;
  };
  void declare(const source& s, of_source& to);
  metrics::counter& answer_counter(const std::string& source, answer a, std::string_view reason);
  void took(answer a, double seconds) { (a == answer::accepted ? accepted_seconds_ : refused_seconds_).observe(seconds); }

  std::shared_ptr<const directory> directory_;
  metrics::registry& registry_;
  metrics::histogram &accepted_seconds_, &refused_seconds_;
  std::vector<of_source> sources_; // by directory::index_of
  of_source unknown_;
};

// What a worker has at hand, summed over workers: each adds its changes.
class load_metrics {
public:
  explicit load_metrics(metrics::registry& registry);

  struct load {
    double connections = 0, buffer_bytes = 0, events = 0, event_bytes = 0;   // now
    double accepted = 0, turned_away = 0, timed_out = 0, renewals = 0;       // ever
  };
  void now(const load& l);
  void certificate_ends(double timestamp_s);

private:
  metrics::registry& registry_;
  load last_;
};

} // namespace millrace::gateway
