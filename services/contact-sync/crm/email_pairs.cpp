#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "crm/phone_pairs.hpp"
#include "crm/tables.hpp"

#include <algorithm>
#include <vector>

namespace millrace::contact_sync {
namespace {

namespace contact = crm::system_contacts;
namespace by_phone = crm::phone_pairs;

bool is_ghl(const fold::row& c) { return c[contact::system] == "ghl"; }

bool paired_by_phone(const fold::row& c, reader& r) {
  if (!c[contact::phone])
    return false;
  const auto* pair = r.first(by_phone::table(), is_ghl(c) ? by_phone::by_ghl : by_phone::by_aloware,
                             *c[contact::contact_id]);
  return pair && (*pair)[by_phone::ghl_contact_id] && (*pair)[by_phone::aloware_contact_id];
}

} // namespace

void derive_email_pairs(std::string_view email, reader& r, rows_out& out) {
  out.claim(email_pairs::table(), email_pairs::by_email, email);
  const auto& live = r.rows(contact::table(), contact::by_live_email, email);
  if (live.size() > crm::holders_most) {
    out.find("shared_identity", email, "more than 64 live contacts have this e-mail: it identifies nobody");
    return;
  }
  const auto ghl_count = static_cast<std::size_t>(std::count_if(live.begin(), live.end(), is_ghl));
  if (ghl_count == 0 || ghl_count == live.size())
    return;
  std::vector<const fold::row*> single;
  for (const auto& c : live)
    if (!paired_by_phone(c, r))
      single.push_back(&c);
  auto [ghl, aloware] = crm::in_order(std::move(single));
  for (std::size_t i = 0; i < std::min(ghl.size(), aloware.size()); ++i)
    out.put(email_pairs::table(), {std::string(email), std::to_string(i), std::move(ghl[i]), std::move(aloware[i])});
}

void email_pairs_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& id :
       crm::compare_partners(changes, email_pairs::ghl_contact_id, email_pairs::aloware_contact_id).ghl)
    m.add("mapping", fold::join_key({"ghl", id}));
}

} // namespace millrace::contact_sync
