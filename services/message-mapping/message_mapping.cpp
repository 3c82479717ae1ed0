#include "message-mapping/message_mapping.hpp"

#include "message-mapping/crm/graph.hpp"

namespace millrace {

pipeline::service message_mapping_service() {
  pipeline::service s;
  s.name = "message-mapping";
  s.schema = "message_mapping";
  s.domains = {&message_mapping_crm()};
  return s;
}

} // namespace millrace
