// alerting: TOPIC → facts → record → derive → TABLE, and from there to people; it also says what minute it is.
#include "alerting/alerting.hpp"
#include "alerting/config.hpp"
#include "alerting/deliverer.hpp"
#include "alerting/tick_loop.hpp"

#include "metrics/arguments.hpp"
#include "pipeline/consumer_process.hpp"
#include "pipeline/service_check.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  if (const auto answered = metrics::answer_arguments(argc, argv, "alerting", "folds workers, alerts and the audit log into tables, tells people of alerts, and says what minute it is."))
    return *answered;
  settings environment;
  const auto config = alerting::config::read(environment);
  pipeline::exit_on_faults(config.consumer.faults);
  start_log("alerting", config.consumer.logs, config.consumer.warnings);

  metrics::registry metrics("alerting");
  const auto service = pipeline::configured(alerting_service(), config.consumer);
  pipeline::exit_on_faults(pipeline::check_services(std::span(&service, 1)));
  alerting::tick_loop ticks(service, metrics, config.tick_s, alerting::any_second());
  alerting::deliverer deliverer(service, config.notifiers, metrics);
  pipeline::consumer_process process(service, config.consumer, metrics, {&ticks, &deliverer});
  process.run();
}
