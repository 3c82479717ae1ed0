#include "alerting/alerting.hpp"

#include "alerting/leads/graph.hpp"

namespace millrace {

pipeline::service alerting_service() {
  pipeline::service s;
  s.name = s.schema = "alerting";
  s.domains = {&alerting_leads()};
  return s;
}

} // namespace millrace
