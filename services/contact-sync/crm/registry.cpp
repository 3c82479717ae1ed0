#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "core/encoding.hpp"
#include "fold/last_said.hpp"

#include <algorithm>
#include <tuple>

namespace millrace::contact_sync {
namespace {

std::string own_name(const std::vector<std::string>& agent_and_list) {
  return "DF_" + agent_and_list.at(0) + "_" + agent_and_list.at(1);
}

// The first stamp at which the group's facts said `name`; its own name is said by every fact that gives no other.
const stamp& first_said(const std::vector<fold::fact>& facts, std::string_view name, bool is_own_name) {
  for (const auto& f : facts) {
    const auto said = f.text_or_empty("aloware_list_name");
    if (said == name || (is_own_name && said.empty()))
      return f.at;
  }
  return facts.back().at;
}

} // namespace

void derive_list_names(std::string_view key, reader& r, rows_out& out) {
  out.claim(list_names::table(), list_names::by_key, key);
  const auto& facts = r.facts("call_list", key);
  if (facts.empty())
    return;
  const auto parts = fold::split_key(key);
  const auto given = last_said(facts, "aloware_list_name");
  const auto own = own_name(parts);
  const auto& name = given ? *given : own;
  out.put(list_names::table(),
          {parts.at(0), parts.at(1), last_said(facts, "aloware_list_id"), name,
           to_hex(first_said(facts, name, name == own).view()), to_postgres(facts.front().time()),
           to_postgres(facts.back().time())});
}

void list_names_changed(std::string_view key, std::span<const change> changes, reader&, marks& m) {
  m.add("registry", key);
  for (const auto& c : changes)
    for (const auto* row : {c.before, c.after})
      if (row)
        m.add("list_claims", *(*row)[list_names::aloware_list_name]);
}

void derive_list_claims(std::string_view name, reader& r, rows_out& out) {
  out.claim(list_claims::table(), list_claims::by_name, name);
  const auto& claimants = r.rows(list_names::table(), list_names::by_name, name);
  if (claimants.empty())
    return;
  const auto& owner = *std::min_element(claimants.begin(), claimants.end(), [](const fold::row& a, const fold::row& b) {
    return std::tie(a[list_names::since], a[list_names::agent_key], a[list_names::list_key]) <
           std::tie(b[list_names::since], b[list_names::agent_key], b[list_names::list_key]);
  });
  if (claimants.size() > 1)
    out.find("list_name_conflict", name,
             std::to_string(claimants.size()) + " call lists claim this name; the earliest claim has it: " +
                 *owner[list_names::agent_key] + "/" + *owner[list_names::list_key]);
  out.put(list_claims::table(), {std::string(name), owner[list_names::agent_key], owner[list_names::list_key]});
}

void list_claims_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    for (const auto* row : {c.before, c.after})
      if (row)
        m.add("registry", fold::join_key({*(*row)[list_claims::agent_key], *(*row)[list_claims::list_key]}));
}

void derive_registry(std::string_view key, reader& r, rows_out& out) {
  out.claim(call_list_registry::table(), call_list_registry::by_key, key);
  const auto* wants = r.first(list_names::table(), list_names::by_key, key);
  if (!wants)
    return;
  const auto* owner = r.first(list_claims::table(), list_claims::by_name, *(*wants)[list_names::aloware_list_name]);
  const bool owns = owner && (*owner)[list_claims::agent_key] == (*wants)[list_names::agent_key] &&
                    (*owner)[list_claims::list_key] == (*wants)[list_names::list_key];
  out.put(call_list_registry::table(),
          {(*wants)[list_names::agent_key], (*wants)[list_names::list_key], (*wants)[list_names::aloware_list_id],
           owns ? (*wants)[list_names::aloware_list_name] : std::nullopt, (*wants)[list_names::created_at],
           (*wants)[list_names::updated_at]});
}

} // namespace millrace::contact_sync
