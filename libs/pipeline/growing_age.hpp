// A gauge of how old something is that waits: computed at each scrape, so that it goes on growing while the loop that looks is held
// up, by a lock of somebody else's or by one very large group. The loop sets it, the scraping thread reads it.
#pragma once

#include "metrics/metrics.hpp"

#include <memory>
#include <string>

namespace millrace::pipeline {

class growing_age {
public:
  // Exported from the first word on; the registry outlives whoever sets it.
  growing_age(metrics::registry& m, std::string name, std::string help, metrics::labels l = {});
  // It waits, and is so old now.
  void is(double seconds);
  void nothing_waits();

private:
  struct state;
  std::shared_ptr<state> state_; // the registry's too
};

} // namespace millrace::pipeline
