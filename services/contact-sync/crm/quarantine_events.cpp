#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"

namespace millrace::contact_sync {

void derive_quarantine_events(std::string_view key, reader& r, rows_out& out) {
  out.claim(quarantine_events::table(), quarantine_events::by_key, key);
  const auto& facts = r.facts("quarantined_event", key);
  if (facts.empty() || facts.back().text_or_empty("state") != "quarantined")
    return;
  const auto& last = facts.back();
  const auto id = fold::split_key(key);
  const auto by = last.text("by");
  const auto reason = last.text_or_empty("reason");
  out.put(quarantine_events::table(),
          {id.at(1), id.at(0), std::string(reason.empty() ? "admin" : reason), to_postgres(last.time()),
           by ? fold::cell(*by) : std::nullopt});
}

} // namespace millrace::contact_sync
