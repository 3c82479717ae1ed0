#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "fold/last_said.hpp"
#include "text/fold_case.hpp"

namespace millrace::contact_sync {

void derive_directory(std::string_view agent_key, reader& r, rows_out& out) {
  out.claim(agent_directory::table(), agent_directory::by_key, agent_key);
  const auto& facts = r.facts("agent", agent_key);
  if (facts.empty())
    return;
  const auto name = last_said(facts, "display_name");
  out.put(agent_directory::table(),
          {std::string(agent_key), name ? name : fold::cell(agent_key), last_said(facts, "ghl_owner_id"),
           last_said(facts, "ghl_owner_email"), last_said(facts, "ghl_assigned_agent_field_value"),
           last_said(facts, "required_tag"), last_said(facts, "aloware_user_id"),
           last_said(facts, "is_active") == "false" ? "f" : "t", to_postgres(facts.front().time()),
           to_postgres(facts.back().time())});
}

// "contact.assigned_agent", "assignedAgent" and "Assigned Agent" are one name: people type them.
std::string field_name(std::string_view key) {
  constexpr std::string_view of_contact = "contact.";
  auto folded = fold_case(key);
  if (folded.starts_with(of_contact))
    folded.erase(0, of_contact.size());
  std::erase_if(folded, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return folded;
}

void derive_custom_field(std::string_view field_id, reader& r, rows_out& out) {
  out.claim(custom_fields::table(), custom_fields::by_id, field_id);
  const auto& facts = r.facts("ghl_field", field_id);
  const auto key = last_said(facts, "key");
  if (key)
    out.put(custom_fields::table(), {std::string(field_id), field_name(*key)});
}

} // namespace millrace::contact_sync
