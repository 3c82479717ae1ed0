#include "contact-sync/crm/contact_history.hpp"
#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"

namespace millrace::contact_sync {

void derive_agent(std::string_view key, reader& r, rows_out& out) {
  const auto id = fold::split_key(key).at(1);
  out.claim(contact_agent_state::table(), contact_agent_state::by_contact, id);
  const auto history = history_of(key, r);
  const snapshot* first = nullptr;   // since when it is known
  const snapshot* changed = nullptr; // since when it is so
  for (const auto& s : history) {
    if (!s.known)
      continue;
    if (!first)
      first = &s;
    if (!changed || changed->agent != s.agent || changed->list_status != s.list_status)
      changed = &s;
  }
  if (!first)
    return;
  out.put(contact_agent_state::table(),
          {id, std::string(changed->agent),
           changed->list_status.empty() ? fold::cell() : fold::cell(changed->list_status), to_postgres(first->time),
           to_postgres(changed->time)});
}

} // namespace millrace::contact_sync
