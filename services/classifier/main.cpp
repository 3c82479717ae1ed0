// classifier: TOPIC → facts → record → derive → TABLE.
#include "config.hpp"
#include "classifier/classifier.hpp"
#include "classifier/rules_watch.hpp"

#include "metrics/arguments.hpp"
#include "pipeline/consumer_process.hpp"
#include "pipeline/service_check.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  if (const auto answered = metrics::answer_arguments(argc, argv, "classifier", "gives every lead its category, by keywords and rules (TOPIC -> facts -> record -> derive -> TABLE)."))
    return *answered;
  const auto config = read_config();
  pipeline::exit_on_faults(config.faults);
  start_log("classifier", config.logs, config.warnings);

  metrics::registry metrics("classifier");
  const auto service = pipeline::configured(classifier_service(), config);
  pipeline::exit_on_faults(pipeline::check_services(std::span(&service, 1)));
  classifier::rules_watch rules(service, metrics);
  pipeline::consumer_process process(service, config, metrics, {&rules});
  process.run();
}
