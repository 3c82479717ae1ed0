#include "crm/phone_pairs.hpp"

#include "crm/tables.hpp"

#include <algorithm>
#include <tuple>

namespace millrace::crm {

holders in_order(std::vector<const fold::row*> rows) {
  namespace column = system_contacts;
  // Timestamps in Postgres' form, all in UTC, are in order of time as texts: '+' < '.' < digits.
  std::sort(rows.begin(), rows.end(), [](const fold::row* a, const fold::row* b) {
    return std::tie((*a)[column::first_seen], (*a)[column::contact_id]) <
           std::tie((*b)[column::first_seen], (*b)[column::contact_id]);
  });
  holders h;
  for (const auto* c : rows)
    ((*c)[column::system] == "ghl" ? h.ghl : h.aloware).push_back(*(*c)[column::contact_id]);
  return h;
}

void derive_phone_pairs(std::string_view phone, fold::reader& r, fold::rows_out& out) {
  out.claim(phone_pairs::table(), phone_pairs::by_phone, phone);
  const auto& live = r.rows(system_contacts::table(), system_contacts::by_live_phone, phone);
  if (live.size() > holders_most) {
    out.find("shared_identity", phone, "more than 64 live contacts have this phone: it identifies nobody");
    return;
  }
  std::vector<const fold::row*> rows;
  for (const auto& c : live)
    rows.push_back(&c);
  auto [ghl, aloware] = in_order(std::move(rows));
  for (std::size_t i = 0; i < std::max(ghl.size(), aloware.size()); ++i)
    out.put(phone_pairs::table(), {std::string(phone), std::to_string(i),
                                   i < ghl.size() ? fold::cell(std::move(ghl[i])) : std::nullopt,
                                   i < aloware.size() ? fold::cell(std::move(aloware[i])) : std::nullopt});
}

partners_changed compare_partners(std::span<const fold::change> changes, std::size_t ghl, std::size_t aloware) {
  // id → partner before and after; "" where single or absent.
  using partners = std::map<std::string, std::pair<std::string, std::string>>;
  partners of_ghl, of_aloware;
  for (const auto& c : changes)
    for (const auto* side : {c.before, c.after}) {
      if (!side)
        continue;
      const auto &g = (*side)[ghl], &a = (*side)[aloware];
      const auto put = [&](partners& into, const fold::cell& id, const fold::cell& partner) {
        if (id)
          (side == c.before ? into[*id].first : into[*id].second) = partner.value_or("");
      };
      put(of_ghl, g, a);
      put(of_aloware, a, g);
    }
  partners_changed out;
  for (auto& [id, p] : of_ghl) {
    if (p.first != p.second)
      out.ghl.push_back(id);
    if (p.first.empty() != p.second.empty())
      out.ghl_pairing.push_back(id);
  }
  for (auto& [id, p] : of_aloware)
    if (p.first.empty() != p.second.empty())
      out.aloware_pairing.push_back(id);
  return out;
}

} // namespace millrace::crm
