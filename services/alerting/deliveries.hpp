// The deliverer's memory: which notices are to be told to whom, and how far each telling is. Rows of `deliveries`; owned by the
// deliverer's thread.
#pragma once

#include "alerting/channels.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::alerting {

// One notice for one channel.
struct delivery {
  std::string project_id, channel;
  notice said;
  std::string outcome;       // "sent", "capped", "refused" once it is answered
  std::optional<instant> at; // when it was
};

class deliveries {
public:
  // `over_shown`: of an alert that was over when an Alertmanager was told, its end is not told before.
  deliveries(const pipeline::service& s, std::chrono::minutes over_shown) : service_(s), over_shown_(over_shown) {}

  // Those that this channel has not been told, the oldest first. Not: what may be on its way (of a process that died, for `on_the_way`),
  // and what is told of the same alert and not yet back as a fact, as it may turn out to be this.
  std::vector<delivery> open(postgres::connection& c, const std::string& channel);
  // Those that were answered and not yet published.
  std::vector<delivery> answered(postgres::connection& c);
  // New alerts of the project that the channel was told within the last hour.
  int raised_this_hour(postgres::connection& c, const std::string& project_id, const std::string& channel);

  // It may arrive from here on; it did not; it did (or will never, or is in a summary); it is published.
  void begin(postgres::connection& c, const delivery& d);
  void take_back(postgres::connection& c, const delivery& d);
  void answer(postgres::connection& c, const delivery& d, std::string_view outcome);
  void told(postgres::connection& c, const delivery& d, const std::string& event_id);
  // What was told a week ago.
  void forget_old(postgres::connection& c);

private:
  const pipeline::service& service_;
  const std::chrono::minutes over_shown_;
};

} // namespace millrace::alerting
