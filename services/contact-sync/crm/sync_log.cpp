#include "contact-sync/crm/functions.hpp"
#include "contact-sync/crm/tables.hpp"
#include "core/encoding.hpp"
#include "crm/contact_life.hpp"

#include <set>
#include <utility>

namespace millrace::contact_sync {
namespace {

// HighLevel is where contacts are kept: what Aloware says of them is not carried over.
constexpr std::string_view not_the_source_of_truth = "source_of_truth_is_ghl";
constexpr std::string_view superseded = "superseded";

} // namespace

void derive_sync_log(std::string_view key, reader& r, rows_out& out) {
  namespace column = sync_log;
  const auto& contacts = r.facts("contact", key);
  const auto& deletions = r.facts("contact_deleted", key);
  // One version per event and step, the last first: an event may say a contact twice.
  std::vector<const fold::fact*> versions;
  std::set<std::pair<std::string_view, std::string_view>> said;
  const auto all = crm::in_stamp_order({&contacts, &deletions});
  for (auto f = all.rbegin(); f != all.rend(); ++f)
    if (((*f)->kind == "contact_deleted" || !crm::is_stub(**f)) && said.emplace((*f)->event_id, (*f)->kind).second)
      versions.push_back(*f);

  const auto id = fold::split_key(key);
  out.claim(column::table(), column::by_entity, fold::join_key({"contact", id.at(1), id.at(0)}));
  const bool from_ghl = id.at(0) == "ghl";
  for (const auto* f : versions) {
    const bool pending = from_ghl && f == versions.front();
    const auto reason = pending ? fold::cell() : fold::cell(from_ghl ? superseded : not_the_source_of_truth);
    out.put(column::table(),
            {from_ghl ? "ghl_to_aloware" : "aloware_to_ghl", "contact", id.at(1), id.at(1), std::nullopt,
             pending ? "pending" : "skipped", to_postgres(f->time()), std::nullopt, reason, f->event_id, id.at(0),
             f->event_id, f->kind == "contact" ? "upsert" : "delete", to_hex(f->at.view()), "t"});
  }
}

void sync_log_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  const auto& row = changes.front().after ? *changes.front().after : *changes.front().before;
  m.add("sync_state", fold::join_key({*row[sync_log::direction], *row[sync_log::entity_type]}));
}

} // namespace millrace::contact_sync
