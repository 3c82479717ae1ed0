// contact-sync: TOPIC → facts → record → derive → TABLE.
#include "config.hpp"
#include "contact-sync/contact_sync.hpp"

#include "metrics/arguments.hpp"
#include "pipeline/consumer_process.hpp"
#include "pipeline/service_check.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  if (const auto answered = metrics::answer_arguments(argc, argv, "contact-sync", "folds contacts, lists and agents into tables (TOPIC -> facts -> record -> derive -> TABLE)."))
    return *answered;
  const auto config = read_config();
  pipeline::exit_on_faults(config.faults);
  start_log("contact-sync", config.logs, config.warnings);

  metrics::registry metrics("contact-sync");
  const auto service = pipeline::configured(contact_sync_service(), config);
  pipeline::exit_on_faults(pipeline::check_services(std::span(&service, 1)));
  pipeline::consumer_process process(service, config, metrics);
  process.run();
}
