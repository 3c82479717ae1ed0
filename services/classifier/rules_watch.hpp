// What the rules are like, for those who watch: how many can match and how many cannot, and how long it takes to make the automaton of
// them. A loop on a thread of its own; it decides nothing, and the service is ready without it.
#pragma once

#include "metrics/metrics.hpp"
#include "pipeline/further_loop.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

namespace millrace::classifier {

class rules_watch final : public pipeline::further_loop {
public:
  rules_watch(const pipeline::service& s, metrics::registry& m);
  std::string name() const override { return "rules"; }
  void run(const std::atomic<bool>& stop) override;

private:
  void count(postgres::connection& c);

  const pipeline::service& service_;
  metrics::registry& metrics_;
};

} // namespace millrace::classifier
