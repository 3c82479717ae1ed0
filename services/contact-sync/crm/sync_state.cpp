#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"

namespace millrace::contact_sync {

void derive_sync_state(std::string_view key, reader& r, rows_out& out) {
  out.claim(sync_state::table(), sync_state::by_key, key);
  const auto* last = r.first(sync_log::table(), sync_log::latest, key);
  const auto* last_good = r.first(sync_log::table(), sync_log::latest_without_error, key);
  if (!last)
    return;
  out.put(sync_state::table(),
          {(*last)[sync_log::direction], (*last)[sync_log::entity_type], (*last)[sync_log::started_at],
           (*last)[sync_log::entity_id], (*last)[sync_log::started_at],
           last_good ? (*last_good)[sync_log::started_at] : std::nullopt});
}

} // namespace millrace::contact_sync
