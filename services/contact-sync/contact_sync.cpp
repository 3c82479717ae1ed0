#include "contact-sync/contact_sync.hpp"

#include "contact-sync/crm/graph.hpp"
#include "contact-sync/leads/graph.hpp"

namespace millrace {

pipeline::service contact_sync_service() {
  pipeline::service s;
  s.name = "contact-sync";
  s.schema = "contact_sync";
  s.domains = {&contact_sync_crm(), &contact_sync_leads()};
  return s;
}

} // namespace millrace
