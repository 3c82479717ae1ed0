// The services as they are, side by side: described without a fault.
#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "gateway/dispatch/service.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/service_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;

TEST(services, are_described_without_a_fault) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  const auto topics = kafka::embedded_topics(faults);
  std::vector<pipeline::service> services = {contact_sync_service(), gateway_service(), message_mapping_service(), alerting_service(), classifier_service()};
  for (auto& s : services) {
    s.profiles = &profiles;
    std::copy_if(topics.begin(), topics.end(), std::back_inserter(s.topics),
                 [&](const auto& t) { return std::find(t.consumers.begin(), t.consumers.end(), s.name) != t.consumers.end(); });
    EXPECT_FALSE(s.topics.empty());
  }
  for (auto& f : pipeline::check_services(services))
    faults.push_back(std::move(f));
  for (const auto& f : faults)
    ADD_FAILURE() << f.text();
}
