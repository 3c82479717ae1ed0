#include "contact-sync/crm/contact_history.hpp"
#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "crm/tables.hpp"

#include <map>
#include <utility>

namespace millrace::contact_sync {
namespace {

// One (agent, list) that any snapshot said: since when, and when that last began or ended.
struct membership {
  instant created, updated;
  bool held = false; // said, by this agent, of a live contact
};
using memberships = std::map<std::pair<std::string_view, std::string_view>, membership>;

memberships memberships_of(const std::vector<snapshot>& history) {
  memberships all;
  for (const auto& s : history) {
    for (const auto& list : call_lists)
      if (s.lists & list.bit)
        all.try_emplace({s.agent, list.key}, membership{s.time, s.time, false});
    for (auto& [of, m] : all) {
      bool said = false;
      for (const auto& list : call_lists)
        said |= (s.lists & list.bit) != 0 && of.second == list.key;
      const bool held = said && s.live && s.agent == of.first;
      if (held != m.held)
        m.updated = s.time;
      m.held = held;
    }
  }
  return all;
}

bool opted_out(std::string_view key, reader& r) {
  const auto* c = r.first(crm::system_contacts::table(), crm::system_contacts::by_key, key);
  if (!c || !(*c)[crm::system_contacts::phone])
    return false;
  const auto* opt = r.first(optouts_table(), crm::optouts::by_phone, *(*c)[crm::system_contacts::phone]);
  return opt && (*opt)[crm::optouts::status] == "opted_out";
}

// Why it is as it is: the first reason that holds.
std::string_view reason_of(const snapshot& now, bool opted, std::string_view agent, bool held) {
  if (!now.live)
    return "deleted";
  if (opted)
    return "opted_out";
  if (now.closed)
    return "stage_closed";
  if (agent != now.agent)
    return "reassigned";
  return held ? "added" : "tag_removed";
}

} // namespace

void derive_lists(std::string_view key, reader& r, rows_out& out) {
  const auto id = fold::split_key(key).at(1);
  out.claim(contact_list_memberships::table(), contact_list_memberships::by_contact, id);
  const bool opted = opted_out(key, r);
  const auto history = history_of(key, r);
  for (const auto& [of, m] : memberships_of(history)) {
    const auto reason = reason_of(history.back(), opted, of.first, m.held);
    out.put(contact_list_memberships::table(),
            {id, std::string(of.first), std::string(of.second), reason == "added" ? "active" : "removed",
             std::string(reason), to_postgres(m.created), to_postgres(m.updated)});
  }
}

} // namespace millrace::contact_sync
