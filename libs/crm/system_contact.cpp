#include "crm/system_contact.hpp"

#include "crm/contact_life.hpp"
#include "crm/facts.hpp"
#include "crm/tables.hpp"
#include "json/writer.hpp"

namespace millrace::crm {
namespace {

using fold::cell;
using fold::fact;
using fold::row;
namespace column = system_contacts;

void say_text(const fact& f, std::string_view field, cell& into) {
  if (!f.says(field))
    return;
  const auto text = f.text_or_empty(field);
  into = text.empty() ? cell() : cell(text);
}

cell tags_of(const fact& f) {
  const auto* tags = f.list("tags");
  if (!tags)
    return std::nullopt;
  json::writer w;
  w.begin_array();
  for (const auto& tag : *tags)
    w.string(tag);
  w.end_array();
  return w.take();
}

// What a lookup by it must not see: too long for any index, and nobody's.
template <class Usable>
void keep_usable(cell& c, Usable usable) {
  if (c && !usable(*c))
    c.reset();
}

cell boolean(bool b) { return b ? "t" : "f"; }

} // namespace

void derive_system_contact(std::string_view key, fold::reader& r, fold::rows_out& out) {
  out.claim(system_contacts::table(), column::by_key, key);
  const auto& facts = r.facts("contact", key);
  const auto& deletions = r.facts("contact_deleted", key);
  if (facts.empty() && deletions.empty())
    return;

  row c(column::updated_at + 1);
  contact_life life;
  instant first_seen, created, updated;
  bool any = false, own = false;
  const fact* tags = nullptr;
  for (const auto* f : in_stamp_order({&facts, &deletions})) {
    life.tell(*f);
    if (!any)
      first_seen = f->time();
    any = true;
    if (f->kind == "contact" && is_stub(*f))
      continue;
    if (!own)
      created = f->time();
    own = true;
    updated = f->time();
    say_text(*f, "phone", c[column::raw_phone]);
    say_text(*f, "email", c[column::email]);
    say_text(*f, "name", c[column::name]);
    say_text(*f, "owner_id", c[column::owner_id]);
    say_text(*f, "owner_email", c[column::owner_email]);
    if (f->says("tags"))
      tags = f;
  }
  keep_usable(c[column::raw_phone], usable_phone);
  keep_usable(c[column::email], usable_email);

  auto id = fold::split_key(key);
  c[column::system] = std::move(id.at(0));
  c[column::contact_id] = std::move(id.at(1));
  if (c[column::raw_phone])
    if (const auto* phone = r.first(phones::table(), phones::by_raw, *c[column::raw_phone]))
      c[column::phone] = (*phone)[phones::phone];
  if (tags)
    c[column::tags] = tags_of(*tags);
  c[column::live] = boolean(life.live());
  c[column::stub] = boolean(life.stub());
  c[column::deleted] = boolean(life.deleted());
  c[column::first_seen] = to_postgres(first_seen);
  if (own) {
    c[column::created_at] = to_postgres(created);
    c[column::updated_at] = to_postgres(updated);
  }
  out.put(system_contacts::table(), std::move(c));
}

bool differs(const fold::change& c, std::size_t index) {
  return (c.before ? (*c.before)[index] : cell()) != (c.after ? (*c.after)[index] : cell());
}

namespace {

void mark_pairs(const fold::change& c, std::size_t value, std::string_view function, fold::marks& m) {
  if (!differs(c, value) && !differs(c, column::live) && !differs(c, column::first_seen))
    return;
  for (const auto* side : {c.before, c.after})
    if (side && (*side)[column::live] == "t" && (*side)[value])
      m.add(function, *(*side)[value]);
}

} // namespace

void mark_phone_pairs(const fold::change& c, fold::marks& m) { mark_pairs(c, column::phone, "phone_pairs", m); }
void mark_email_pairs(const fold::change& c, fold::marks& m) { mark_pairs(c, column::email, "email_pairs", m); }

} // namespace millrace::crm
