#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/sightings.hpp"
#include "contact-sync/leads/tables.hpp"
#include "fold/last_said.hpp"
#include "leads/call_window.hpp"

#include <map>

namespace millrace::contact_sync::leads {
namespace {

using fold::cell;
using fold::last_said;

} // namespace

void derive_lead_reject(std::string_view event, reader& r, rows_out& out) {
  out.claim(lead_rejects::table(), lead_rejects::by_event, event);
  for (const auto& f : r.facts("lead_rejected", event))
    if (const auto* items = f.list("items"))
      for (const auto& one : *items) { // "<index>/<code>/<raw>"
        const auto index_end = one.find('/'), code_end = one.find('/', index_end + 1);
        out.put(lead_rejects::table(),
                {std::string(event), one.substr(0, index_end), one.substr(index_end + 1, code_end - index_end - 1), one.substr(code_end + 1), to_postgres(f.time())});
      }
}

void derive_lead_group(std::string_view group, reader& r, rows_out& out) {
  out.claim(job_groups::table(), job_groups::by_group, group);
  const auto& facts = r.facts("group_set", group);
  if (facts.empty())
    return;
  out.put(job_groups::table(), {std::string(group), last_said(facts, "user"), last_said(facts, "category"), last_said(facts, "base_query"), last_said(facts, "note"),
                                to_postgres(facts.front().time()), fold::first_said_at(facts, "deleted")});
}

// As last seen, as one: phone, name, city and country of one sighting.
void derive_place(std::string_view key, reader& r, rows_out& out) {
  out.claim(place_cache::table(), place_cache::by_key, key);
  const auto& seen = r.facts("place_seen", key);
  const auto& fetched = r.facts("place_fetched", key);
  if (seen.empty() && fetched.empty())
    return;
  std::map<std::string, int> days;
  for (const auto& f : fetched)
    ++days[day_of(f.time())];
  std::string told;
  for (const auto& [day, n] : days)
    told += (told.empty() ? "" : ",") + day + ':' + std::to_string(n);
  const auto parts = fold::split_key(key);
  const auto of_last = [&](std::string_view field) { return seen.empty() || seen.back().text_or_empty(field).empty() ? cell() : cell(seen.back().text_or_empty(field)); };
  out.put(place_cache::table(), {parts.at(0), parts.at(1), of_last("phone"), of_last("name"), of_last("city"), of_last("country"),
                                 seen.empty() ? cell() : cell(to_postgres(seen.back().time())), told.empty() ? cell() : cell(told)});
}

void derive_tile(std::string_view tile_key, reader& r, rows_out& out) {
  out.claim(search_tiles::table(), search_tiles::by_key, tile_key);
  const auto& facts = r.facts("tile_searched", tile_key);
  if (facts.empty())
    return;
  std::int64_t added = 0;
  for (const auto& f : facts)
    added += number_of(f.text_or_empty("leads_added"));
  const auto& first = facts.front(); // what it is searched by is the same in all
  out.put(search_tiles::table(), {std::string(tile_key), std::string(first.text_or_empty("q")), std::string(first.text_or_empty("ll")), std::string(first.text_or_empty("radius_km")),
                                  last_said(facts, "provider_order"), last_said(facts, "preview_count"), std::to_string(added), to_postgres(facts.back().time())});
}

void derive_window(std::string_view key, reader& r, rows_out& out) {
  const auto window = millrace::leads::call_window_of(key, r);
  out.claim(call_windows::table(), call_windows::by_key, fold::join_key({window.key, to_postgres(window.start)}));
  if (window.rejected)
    out.put(call_windows::table(), {window.key, to_postgres(window.start), std::to_string(*window.rejected)});
}

void derive_washeej(std::string_view event, reader& r, rows_out& out) {
  out.claim(washeej_logs::table(), washeej_logs::by_event, event);
  for (const auto& f : r.facts("washeej_sent", event)) {
    const auto said = [&](std::string_view field) { return f.text_or_empty(field).empty() ? cell() : cell(f.text_or_empty(field)); };
    out.put(washeej_logs::table(), {std::string(event), said("phone"), said("agent"), said("sender"), said("http_code"), said("response"), to_postgres(f.time())});
  }
}

} // namespace millrace::contact_sync::leads
