// message-mapping: TOPIC → facts → record → derive → TABLE.
#include "config.hpp"
#include "message-mapping/message_mapping.hpp"

#include "metrics/arguments.hpp"
#include "pipeline/consumer_process.hpp"
#include "pipeline/service_check.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  if (const auto answered = metrics::answer_arguments(argc, argv, "message-mapping", "folds messages and opt-outs into tables (TOPIC -> facts -> record -> derive -> TABLE)."))
    return *answered;
  const auto config = read_config();
  pipeline::exit_on_faults(config.faults);
  start_log("message-mapping", config.logs, config.warnings);

  metrics::registry metrics("message-mapping");
  const auto service = pipeline::configured(message_mapping_service(), config);
  pipeline::exit_on_faults(pipeline::check_services(std::span(&service, 1)));
  pipeline::consumer_process process(service, config, metrics);
  process.run();
}
