#include "text/phone.hpp"
#include "message-mapping/crm/graph.hpp"

#include "crm/facts.hpp"
#include "crm/optout.hpp"
#include "crm/phone_pairs.hpp"
#include "crm/phones.hpp"
#include "crm/sweeps.hpp"
#include "crm/system_contact.hpp"
#include "crm/tables.hpp"
#include "message-mapping/crm/functions.hpp"
#include "message-mapping/crm/tables.hpp"

#include <algorithm>

namespace millrace::message_mapping {
namespace {

namespace pairs = crm::phone_pairs;

void mark_messages(std::size_t path, std::string_view value, reader& r, marks& m) {
  for (const auto& row : r.rows(message_mappings::table(), path, value))
    m.add("message_walk", *row[message_mappings::node]);
}

void phones_changed(std::string_view raw, std::span<const change> changes, reader& r, marks& m) {
  crm::phones_changed(changes, r, m);
  mark_messages(message_mappings::by_contact_raw, raw, r, m);
}

void system_contact_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    crm::mark_phone_pairs(c, m);
}

// A message asks for the first holders only.
void phone_pairs_changed(std::string_view phone, std::span<const change> changes, reader& r, marks& m) {
  if (std::any_of(changes.begin(), changes.end(), [](const change& c) {
        return (c.after ? *c.after : *c.before)[pairs::position] == "0";
      }))
    mark_messages(message_mappings::by_contact_phone, phone, r, m);
}

const fold::graph& graph() {
  static const fold::graph g{
      .functions =
          {
              // reference data, and the sweeps that its changes begin
              {.name = "every_phone", .derive = crm::derive_every_phone},
              {.name = "every_opt", .derive = crm::derive_every_opt},
              // who is who
              {.name = "phones", .derive = crm::derive_phones, .changed = phones_changed},
              {.name = "opt_phone", .derive = crm::derive_opt_phone},
              {.name = "system_contact", .derive = crm::derive_system_contact, .changed = system_contact_changed},
              {.name = "phone_pairs",
               .derive = crm::derive_phone_pairs,
               .changed = phone_pairs_changed,
               .finds = true,
               .at_once = true},
              // who may be texted
              {.name = "optout",
               .derive = [](std::string_view k, reader& r,
                            rows_out& o) { crm::derive_optout(optout_registry_table(), k, r, o); }},
              // which messages are one
              {.name = "message_walk", .derive = derive_message_walk},
              {.name = "joined_message", .derive = derive_message, .changed = message_changed},
              {.name = "message_conflict", .derive = derive_message_conflict, .finds = true},
          },
      .triggers =
          {
              {.kind = "setting", .function = "every_phone", .group = crm::if_country},
              {.kind = "setting", .function = "every_opt", .group = crm::if_memory_keywords},
              {.kind = "phone_use", .function = "phones"},
              {.kind = "opt", .function = "opt_phone"},
              {.kind = "contact", .function = "system_contact"},
              {.kind = "contact_deleted", .function = "system_contact"},
              {.kind = "message", .function = "message_walk"},
              {.kind = "message_status", .function = "message_walk"},
              {.kind = "message_link", .function = "message_walk"},
          },
      .tables = {&crm::phones::table(), &crm::system_contacts::table(), &pairs::table(), &optout_registry_table(),
                 &message_mappings::table()},
  };
  return g;
}

fold::cell text_or_null(const std::string& text) { return text.empty() ? fold::cell() : fold::cell(text); }
fold::cell entity_id_of(const event& e, const reading&) { return text_or_null(e.entity_id); }
fold::cell message_or_entity_type(const event& e, const reading&) {
  return e.entity_type.empty() ? "message" : e.entity_type;
}

// What the event's fact of this kind says.
fold::cell said(const reading& read, std::string_view kind, std::string_view field) {
  for (const auto& f : read.facts)
    if (f.kind == kind)
      if (const auto found = f.fields.find(field); found != f.fields.end() && found->second.text())
        return *found->second.text();
  return std::nullopt;
}
fold::cell conversation_of(const event&, const reading& read) { return said(read, "message", "conversation_id"); }
fold::cell from_of(const event&, const reading& read) { return said(read, "message", "from"); }
fold::cell to_of(const event&, const reading& read) { return said(read, "message", "to"); }
fold::cell broadcast_of(const event& e, const reading& read) {
  const auto id = said(read, "broadcast", "broadcast_id");
  return id ? id : entity_id_of(e, read);
}

} // namespace
} // namespace millrace::message_mapping

namespace millrace {

const fold::domain& message_mapping_crm() {
  using namespace message_mapping;
  static const fold::domain d{
      .name = "crm",
      .schema = "crm",
      .take = crm::take_for_messages,
      .raw_tables = {{"texting_webhook_events",
                      {{"entity_type", message_or_entity_type},
                       {"entity_id", entity_id_of},
                       {"conversation_id", conversation_of},
                       {"from_number", from_of, true},
                       {"to_number", to_of, true}}},
                     {"broadcast_webhook_events", {{"broadcast_id", broadcast_of}}}},
      .taking_version = std::string(crm::taking_version),
      .graph = &graph(),
      .derive_version = " phone " + phone_library_version(),
      .groups_of = crm::groups_of,
      .without = crm::without,
  };
  return d;
}

} // namespace millrace
