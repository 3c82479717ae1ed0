// Tells people of alerts: open notices to each channel, once an episode, and says so in an event that settles them. A loop on a
// thread of its own; of several processes one delivers.
//
// A channel that is down delays its notices and nothing else. Between the channel's answer and Kafka's stands a row of
// `deliveries`: a process that dies there publishes after its next start and sends nothing. Only what was on its way when it
// died, or whose answer was lost, is sent again: Alertmanager then has the same alert, as labels and start are the same; a
// webhook may show one message twice for each such death or loss.
#pragma once

#include "alerting/channels.hpp"
#include "alerting/deliveries.hpp"
#include "alerting/holding.hpp"
#include "kafka/producer.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/further_loop.hpp"

#include <functional>
#include <map>
#include <memory>

namespace millrace::alerting {

class deliverer final : public pipeline::further_loop {
public:
  deliverer(const pipeline::service& s, const notifier_settings& n, metrics::registry& m);
  std::string name() const override { return "deliverer"; }
  void run(const std::atomic<bool>& stop) override;

  // For tests of crashes: called at named points; may throw to crash there.
  std::function<void(std::string_view point)> at_point;

private:
  using moment = std::chrono::steady_clock::time_point;
  // A channel, and until when it is left alone after it took nothing.
  struct addressee {
    std::unique_ptr<channel> to;
    moment down_until{};
    std::chrono::milliseconds next_wait{0};
  };

  void deliver(const std::atomic<bool>& stop);
  bool step(postgres::connection& c, const std::atomic<bool>& stop);
  bool tell(postgres::connection& c, addressee& a, delivery d);
  bool sum_up(postgres::connection& c, addressee& a, const delivery& first);
  answer send(addressee& a, const notice& n);
  void publish(postgres::connection& c, const delivery& d);
  void publish_answered(postgres::connection& c);
  void point(std::string_view name) const {
    if (at_point)
      at_point(name);
  }

  const pipeline::service& service_;
  const int raised_an_hour_;
  metrics::registry& metrics_;
  metrics::gauge& telling_;
  std::vector<addressee> addressees_;
  deliveries deliveries_;
  std::string topic_;
  bool stored_ = false; // outlives the producer, whose reports write it
  std::unique_ptr<kafka::producer> producer_;
  std::map<std::pair<std::string, std::string>, moment> summed_up_; // project and channel → when
};

} // namespace millrace::alerting
