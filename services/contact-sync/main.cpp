// contact-sync: TOPIC → facts → record → derive → TABLE.
#include "config.hpp"
#include "contact-sync/contact_sync.hpp"

#include "pipeline/consumer_process.hpp"

int main() {
  using namespace millrace;
  const auto config = read_config();
  pipeline::exit_on_faults(config.faults);
  pipeline::start_log("contact-sync", config);

  metrics::registry metrics("contact-sync");
  const auto service = pipeline::configured(contact_sync_service(), config);
  pipeline::consumer_process process(service, config, metrics);
  process.run();
}
