#include "classifier/classifier.hpp"

#include "classifier/leads/graph.hpp"

namespace millrace {

pipeline::service classifier_service() {
  pipeline::service s;
  s.name = "classifier";
  s.schema = "classifier";
  s.domains = {&classifier_leads()};
  return s;
}

} // namespace millrace
