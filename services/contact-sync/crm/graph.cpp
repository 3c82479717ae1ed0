#include "text/phone.hpp"
#include "contact-sync/crm/graph.hpp"

#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "crm/facts.hpp"
#include "crm/optout.hpp"
#include "crm/phone_pairs.hpp"
#include "crm/phones.hpp"
#include "crm/sweeps.hpp"
#include "crm/system_contact.hpp"
#include "crm/tables.hpp"

namespace millrace::contact_sync {
namespace {

namespace contact = crm::system_contacts;

std::string ghl(const fold::cell& id) { return fold::join_key({"ghl", *id}); }

// Whom an Aloware contact is paired with shows its phone, its e-mail and its times.
void mark_partner_of(std::string_view aloware_id, reader& r, marks& m) {
  const auto* by_phone = r.first(crm::phone_pairs::table(), crm::phone_pairs::by_aloware, aloware_id);
  const auto* by_email = r.first(email_pairs::table(), email_pairs::by_aloware, aloware_id);
  if (by_phone && (*by_phone)[crm::phone_pairs::ghl_contact_id])
    m.add("mapping", ghl((*by_phone)[crm::phone_pairs::ghl_contact_id]));
  if (by_email)
    m.add("mapping", ghl((*by_email)[email_pairs::ghl_contact_id]));
}

void system_contact_changed(std::string_view key, std::span<const change> changes, reader& r, marks& m) {
  for (const auto& c : changes) {
    crm::mark_phone_pairs(c, m);
    crm::mark_email_pairs(c, m);
    const auto& row = c.after ? *c.after : *c.before;
    if (row[contact::system] != "ghl") {
      mark_partner_of(*row[contact::contact_id], r, m);
      continue;
    }
    m.add("mapping", key);
    if (crm::differs(c, contact::phone) || crm::differs(c, contact::live))
      m.add("lists", key);
  }
}

void phone_pairs_changed(std::string_view, std::span<const change> changes, reader& r, marks& m) {
  const auto differ = crm::compare_partners(changes, crm::phone_pairs::ghl_contact_id, crm::phone_pairs::aloware_contact_id);
  for (const auto& id : differ.ghl)
    m.add("mapping", fold::join_key({"ghl", id}));
  const auto mark_email = [&](std::string_view system, const std::string& id) {
    const auto* c = r.first(contact::table(), contact::by_key, fold::join_key({system, id}));
    if (c && (*c)[contact::email])
      m.add("email_pairs", *(*c)[contact::email]);
  };
  for (const auto& id : differ.ghl_pairing)
    mark_email("ghl", id);
  for (const auto& id : differ.aloware_pairing)
    mark_email("aloware", id);
}

void optout_changed(std::string_view phone, std::span<const change> changes, reader& r, marks& m) {
  for (const auto& c : changes)
    if (crm::differs(c, crm::optouts::status)) {
      for (const auto& holder : r.rows(contact::table(), contact::all_live_by_phone, phone))
        if (holder[contact::system] == "ghl")
          m.add("lists", ghl(holder[contact::contact_id]));
      return;
    }
}

void begin_every_contact(std::string_view, std::span<const change> changes, reader&, marks& m) {
  namespace agent = agent_directory;
  for (const auto& c : changes)
    for (const auto column : {agent::ghl_owner_id, agent::ghl_owner_email, agent::ghl_assigned_agent_field_value,
                              agent::required_tag, agent::is_active})
      if (crm::differs(c, column)) {
        m.add("every_contact", "");
        return;
      }
}

void custom_field_changed(std::string_view, std::span<const change>, reader&, marks& m) { m.add("every_contact", ""); }

std::optional<std::string> all(std::string_view) { return ""; }
std::optional<std::string> if_default_agent(std::string_view name) {
  return name == "default_agent" ? std::optional<std::string>("") : std::nullopt;
}
std::optional<std::string> if_ghl(std::string_view key) {
  return key.starts_with("ghl/") ? std::optional<std::string>(key) : std::nullopt;
}

std::vector<fold::function> functions() {
  return {
      // reference data, and the sweeps that its changes begin
      {.name = "directory", .derive = derive_directory, .changed = begin_every_contact},
      {.name = "custom_field", .derive = derive_custom_field, .changed = custom_field_changed},
      {.name = "every_contact", .derive = derive_every_contact},
      {.name = "every_phone", .derive = crm::derive_every_phone},
      {.name = "every_opt", .derive = crm::derive_every_opt},
      // who is who
      {.name = "phones",
       .derive = crm::derive_phones,
       .changed = [](std::string_view, std::span<const change> c, reader& r, marks& m) { crm::phones_changed(c, r, m); }},
      {.name = "opt_phone", .derive = crm::derive_opt_phone},
      {.name = "system_contact", .derive = crm::derive_system_contact, .changed = system_contact_changed},
      {.name = "phone_pairs",
       .derive = crm::derive_phone_pairs,
       .changed = phone_pairs_changed,
       .finds = true,
       .at_once = true},
      {.name = "email_pairs",
       .derive = derive_email_pairs,
       .changed = email_pairs_changed,
       .finds = true,
       .at_once = true},
      {.name = "mapping", .derive = derive_mapping, .at_once = true},
      // who may be called, and by whom
      {.name = "optout",
       .derive = [](std::string_view k, reader& r, rows_out& o) { crm::derive_optout(optouts_table(), k, r, o); },
       .changed = optout_changed},
      {.name = "list_names", .derive = derive_list_names, .changed = list_names_changed},
      {.name = "list_claims",
       .derive = derive_list_claims,
       .changed = list_claims_changed,
       .finds = true,
       .at_once = true},
      {.name = "registry", .derive = derive_registry, .at_once = true},
      {.name = "agent_state", .derive = derive_agent},
      {.name = "lists", .derive = derive_lists},
      // what the other system should learn
      {.name = "sync_log", .derive = derive_sync_log, .changed = sync_log_changed},
      {.name = "sync_state", .derive = derive_sync_state, .total = true},
      {.name = "quarantine_events", .derive = derive_quarantine_events},
  };
}

std::vector<fold::trigger> triggers() {
  return {
      {.kind = "agent", .function = "directory"},
      {.kind = "ghl_field", .function = "custom_field"},
      {.kind = "ghl_stage", .function = "every_contact", .group = all},
      {.kind = "ghl_user", .function = "every_contact", .group = all},
      {.kind = "setting", .function = "every_contact", .group = if_default_agent},
      {.kind = "setting", .function = "every_phone", .group = crm::if_country},
      {.kind = "setting", .function = "every_opt", .group = crm::if_memory_keywords},
      {.kind = "call_list", .function = "list_names"},
      {.kind = "phone_use", .function = "phones"},
      {.kind = "opt", .function = "opt_phone"},
      {.kind = "contact", .function = "system_contact"},
      {.kind = "contact_deleted", .function = "system_contact"},
      {.kind = "contact", .function = "agent_state", .group = if_ghl},
      {.kind = "contact_deleted", .function = "agent_state", .group = if_ghl},
      {.kind = "opportunity", .function = "agent_state"},
      {.kind = "contact", .function = "lists", .group = if_ghl},
      {.kind = "contact_deleted", .function = "lists", .group = if_ghl},
      {.kind = "opportunity", .function = "lists"},
      {.kind = "contact", .function = "sync_log"},
      {.kind = "contact_deleted", .function = "sync_log"},
      {.kind = "quarantined_event", .function = "quarantine_events"},
  };
}

const fold::graph& graph() {
  static const fold::graph g{
      .functions = functions(),
      .triggers = triggers(),
      .tables = {&crm::phones::table(), &contact::table(), &crm::phone_pairs::table(), &email_pairs::table(),
                 &contact_mappings::table(), &optouts_table(), &agent_directory::table(), &custom_fields::table(),
                 &list_names::table(), &list_claims::table(), &call_list_registry::table(),
                 &contact_agent_state::table(), &contact_list_memberships::table(), &sync_log::table(),
                 &sync_state::table(), &quarantine_events::table()},
  };
  return g;
}

fold::cell text_or_null(const std::string& text) { return text.empty() ? fold::cell() : fold::cell(text); }
fold::cell provider_of(const event& e, const reading&) { return e.provider; }
fold::cell entity_type_of(const event& e, const reading&) { return text_or_null(e.entity_type); }
fold::cell entity_id_of(const event& e, const reading&) { return text_or_null(e.entity_id); }

} // namespace
} // namespace millrace::contact_sync

namespace millrace {

const fold::domain& contact_sync_crm() {
  using namespace contact_sync;
  static const fold::domain d{
      .name = "crm",
      .schema = "crm",
      .take = crm::take_for_contacts,
      .raw_tables = {{"webhook_events",
                      {{"source", provider_of}, {"entity_type", entity_type_of}, {"entity_id", entity_id_of}}}},
      .taking_version = std::string(crm::taking_version),
      .graph = &graph(),
      .derive_version = " phone " + phone_library_version(),
      .groups_of = crm::groups_of,
      .without = crm::without,
  };
  return d;
}

} // namespace millrace
