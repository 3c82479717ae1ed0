#include "crm/facts.hpp"
#include "crm/tables.hpp"
#include "message-mapping/crm/component.hpp"
#include "message-mapping/crm/functions.hpp"
#include "message-mapping/crm/tables.hpp"

#include <algorithm>

namespace millrace::message_mapping {
namespace {

using fold::cell;
using fold::fact;
using fold::row;
namespace column = message_mappings;

// The text that a field has in the set: each system's last word, the first system that has one decides.
cell text_of(const message_set& set, std::string_view field, reader& r) {
  for (const auto& n : set.nodes) {
    const auto& facts = r.facts("message", n.key);
    for (auto f = facts.rbegin(); f != facts.rend(); ++f)
      if (const auto text = f->text_or_empty(field); !text.empty())
        return cell(text);
  }
  return std::nullopt;
}

// The contact that facts name, in one of the contact systems.
cell contact_of(const message_set& set, std::string_view system, reader& r) {
  for (const auto& n : set.nodes) {
    const auto& facts = r.facts("message", n.key);
    for (auto f = facts.rbegin(); f != facts.rend(); ++f)
      if (f->text_or_empty("contact_system") == system && !f->text_or_empty("contact_id").empty())
        return cell(f->text_or_empty("contact_id"));
  }
  return std::nullopt;
}

// The raw phone on the contact's side, as one fact says both sides and its direction: such a phone has its row in
// `phones` for as long as the fact is there.
cell contact_raw_of(const message_set& set, reader& r) {
  for (const auto& n : set.nodes) {
    const auto& facts = r.facts("message", n.key);
    for (auto f = facts.rbegin(); f != facts.rend(); ++f)
      if (const auto raw = crm::usable_phone(
              f->text_or_empty(f->text_or_empty("direction") == "inbound" ? "from" : "to")))
        return cell(*raw);
  }
  return std::nullopt;
}

// First and last time of what is said of the message itself and of links inside it; where nothing else is, of links
// that are not used.
void set_times(const message_set& set, reader& r, row& out) {
  const auto inside = [&](const fact& f) {
    return std::any_of(set.nodes.begin(), set.nodes.end(), [&](const auto& n) { return n.key == f.text_or_empty("other"); });
  };
  std::optional<instant> first, last;
  const auto tell = [&](const fact& f) {
    first = first ? std::min(*first, f.time()) : f.time();
    last = last ? std::max(*last, f.time()) : f.time();
  };
  for (const auto& n : set.nodes) {
    for (const auto* kind : {"message", "message_status"})
      for (const auto& f : r.facts(kind, n.key))
        tell(f);
    for (const auto& f : r.facts("message_link", n.key))
      if (inside(f))
        tell(f);
  }
  if (!first)
    for (const auto& f : r.facts("message_link", set.nodes.front().key))
      tell(f);
  if (!first)
    return;
  out[column::created_at] = to_postgres(*first);
  out[column::updated_at] = to_postgres(*last);
}

row row_of(const message_set& set, reader& r) {
  row out(column::conflict + 1);
  for (const auto& n : set.nodes)
    out[column::texting_message_id + n.system] = n.id;
  out[column::node] = set.nodes.front().key;
  out[column::conversation_id] = text_of(set, "conversation_id", r);
  out[column::from_number] = text_of(set, "from", r);
  out[column::to_number] = text_of(set, "to", r);
  out[column::direction] = text_of(set, "direction", r);
  out[column::ghl_contact_id] = contact_of(set, "ghl", r);
  out[column::aloware_contact_id] = contact_of(set, "aloware", r);
  if (!set.conflict.empty())
    out[column::conflict] = set.conflict;
  set_times(set, r, out);

  out[column::contact_raw] = contact_raw_of(set, r);
  if (!out[column::contact_raw])
    return out;
  const auto* phone = r.first(crm::phones::table(), crm::phones::by_raw, *out[column::contact_raw]);
  if (!phone || !(*phone)[crm::phones::phone])
    return out;
  out[column::contact_phone] = (*phone)[crm::phones::phone];
  namespace pairs = crm::phone_pairs;
  const auto* first = r.first(pairs::table(), pairs::by_key, fold::join_key({*out[column::contact_phone], "0"}));
  if (first && !out[column::ghl_contact_id])
    out[column::ghl_contact_id] = (*first)[pairs::ghl_contact_id];
  if (first && !out[column::aloware_contact_id])
    out[column::aloware_contact_id] = (*first)[pairs::aloware_contact_id];
  return out;
}

} // namespace

void derive_message_walk(std::string_view node, reader& r, rows_out& out) {
  out.mark().add("joined_message", walk(node, r).front().key);
}

void derive_message(std::string_view least, reader& r, rows_out& out) {
  const auto nodes = walk(least, r);
  for (const auto& n : nodes)
    out.claim(column::table(), column::by_texting + n.system, n.id);
  for (const auto& set : join(nodes, r))
    out.put(column::table(), row_of(set, r));
}

void message_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    for (const auto* row : {c.before, c.after})
      if (row && (*row)[column::conflict])
        m.add("message_conflict", *(*row)[column::node]);
}

void derive_message_conflict(std::string_view node, reader& r, rows_out& out) {
  const auto* row = r.first(column::table(), column::by_node, node);
  if (row && (*row)[column::conflict])
    out.find("message_conflict", node, *(*row)[column::conflict]);
}

} // namespace millrace::message_mapping
