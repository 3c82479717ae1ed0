#include "line/services.hpp"

#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "gateway/dispatch/service.hpp"
#include "message-mapping/message_mapping.hpp"

#include <algorithm>

namespace millrace::line {

std::vector<pipeline::service> services(const std::string& postgres, const kafka::client_settings& kafka, const catalogue& profiles,
                                        const std::vector<kafka::topic_file>& topics) {
  std::vector<pipeline::service> all = {contact_sync_service(), gateway_service(), message_mapping_service(), alerting_service(), classifier_service()};
  for (pipeline::service& s : all) {
    s.postgres = postgres;
    s.kafka = kafka;
    s.profiles = &profiles;
    for (const kafka::topic_file& t : topics)
      if (std::find(t.consumers.begin(), t.consumers.end(), s.name) != t.consumers.end())
        s.topics.push_back(t);
  }
  return all;
}

} // namespace millrace::line
