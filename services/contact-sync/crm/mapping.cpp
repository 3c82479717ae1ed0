#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "crm/tables.hpp"

#include <algorithm>

namespace millrace::contact_sync {
namespace {

namespace contact = crm::system_contacts;

// The Aloware contact that stands beside g: by phone, else by e-mail.
const fold::cell* partner_of(std::string_view ghl_contact_id, reader& r) {
  const auto* by_phone = r.first(crm::phone_pairs::table(), crm::phone_pairs::by_ghl, ghl_contact_id);
  const auto* by_email = r.first(email_pairs::table(), email_pairs::by_ghl, ghl_contact_id);
  if (by_phone && (*by_phone)[crm::phone_pairs::aloware_contact_id])
    return &(*by_phone)[crm::phone_pairs::aloware_contact_id];
  return by_email ? &(*by_email)[email_pairs::aloware_contact_id] : nullptr;
}

} // namespace

void derive_mapping(std::string_view key, reader& r, rows_out& out) {
  const auto id = fold::split_key(key).at(1);
  out.claim(contact_mappings::table(), contact_mappings::by_ghl, id);
  const auto* partner = partner_of(id, r);
  const auto* g = r.first(contact::table(), contact::by_key, key);
  if (!g || (*g)[contact::live] != "t")
    return;
  const auto* a = partner ? r.first(contact::table(), contact::by_key, fold::join_key({"aloware", **partner})) : nullptr;
  const auto first_of = [&](std::size_t column) { return (*g)[column] || !a ? (*g)[column] : (*a)[column]; };
  const auto created = a ? std::min((*g)[contact::created_at], (*a)[contact::created_at]) : (*g)[contact::created_at];
  const auto updated = a ? std::max((*g)[contact::updated_at], (*a)[contact::updated_at]) : (*g)[contact::updated_at];
  out.put(contact_mappings::table(),
          {a ? (*a)[contact::contact_id] : std::nullopt, id, first_of(contact::phone), first_of(contact::email), updated,
           a ? "bidirectional" : "ghl_to_aloware", created, updated});
}

} // namespace millrace::contact_sync
