#include "crm/phones.hpp"

#include "crm/settings.hpp"
#include "crm/tables.hpp"
#include "text/phone.hpp"

namespace millrace::crm {

void derive_phones(std::string_view raw, fold::reader& r, fold::rows_out& out) {
  out.claim(phones::table(), phones::by_raw, raw);
  const bool carried = r.has_facts("phone_use", raw);
  const auto home = country(r);
  if (carried)
    out.put(phones::table(), {std::string(raw), to_e164(raw, home)});
}

void phones_changed(std::span<const fold::change> changes, fold::reader& r, fold::marks& m) {
  for (const auto& c : changes) {
    const auto& raw = *(c.after ? *c.after : *c.before)[phones::raw_phone];
    const bool opted = r.has_facts("opt", raw);
    for (const auto& contact : r.rows(system_contacts::table(), system_contacts::by_raw_phone, raw))
      m.add("system_contact", fold::join_key({*contact[system_contacts::system], *contact[system_contacts::contact_id]}));
    // The old phone always: its opt-out may come from facts that went in the same pass.
    if (c.before && (*c.before)[phones::phone])
      m.add("optout", *(*c.before)[phones::phone]);
    if (opted && c.after && (*c.after)[phones::phone])
      m.add("optout", *(*c.after)[phones::phone]);
  }
}

void derive_opt_phone(std::string_view raw, fold::reader& r, fold::rows_out& out) {
  const auto* row = r.first(phones::table(), phones::by_raw, raw);
  if (row && (*row)[phones::phone])
    out.mark().add("optout", *(*row)[phones::phone]);
}

} // namespace millrace::crm
