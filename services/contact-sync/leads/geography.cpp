#include "contact-sync/leads/geography.hpp"

#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/tables.hpp"
#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "fold/last_said.hpp"
#include "leads/all_rows.hpp"
#include "leads/lap.hpp"

#include <string>
#include <utility>
#include <vector>

namespace millrace::contact_sync::leads {
namespace {

using fold::cell;
using fold::last_said;
using fold::row;
using millrace::leads::all_rows;

// Those that are there still.
std::vector<row> living(std::vector<row> rows, std::size_t deleted_at) {
  std::erase_if(rows, [&](const row& r) { return r[deleted_at].has_value(); });
  return rows;
}
std::vector<row> living_cities(reader& r) { return living(all_rows(r, geo_cities::table(), geo_cities::all), geo_cities::deleted_at); }
std::vector<row> living_districts(reader& r) { return living(all_rows(r, geo_districts::table(), geo_districts::all), geo_districts::deleted_at); }

// All that the index is made of; when it was said is nothing to it.
void add_to(std::string& whole, const std::vector<row>& rows, std::size_t said_at) {
  for (const auto& r : rows) {
    for (std::size_t c = 0; c < r.size(); ++c)
      if (c != said_at)
        whole += r[c] ? std::to_string(r[c]->size()) + ':' + *r[c] : "-";
    whole += '\n';
  }
  whole += '\n';
}

const row* index_row(reader& r) { return r.first(geo_indexes::table(), geo_indexes::by_indexed, geo_indexes::the_one); }

} // namespace

std::shared_ptr<const geo_index> geo_index_of(reader& r) {
  const auto* indexed = index_row(r);
  if (!indexed)
    return nullptr;
  // Cities and districts.
  const auto places = [](reader& all) { return std::pair(living_cities(all), living_districts(all)); };
  return r.built<geo_index>("geo_index", *(*indexed)[geo_indexes::hash], places, [](const auto& all) { return geo_index(all.first, all.second); });
}

void derive_geo_place(std::string_view kind_and_id, reader& r, rows_out& out) {
  const auto parts = fold::split_key(kind_and_id);
  const bool is_city = parts.at(0) == "city";
  const auto& id = parts.at(1);
  if (is_city)
    out.claim(geo_cities::table(), geo_cities::by_city, id);
  else
    out.claim(geo_districts::table(), geo_districts::by_district, id);
  const auto& facts = r.facts("geo_set", kind_and_id);
  if (facts.empty())
    return;
  const auto said = [&](std::string_view field) { return last_said(facts, field); };
  const auto last = to_postgres(facts.back().time());
  const auto gone = fold::first_said_at(facts, "deleted");
  if (is_city)
    out.put(geo_cities::table(), {id, said("name_ar"), said("name_en"), said("synonyms"), said("lat"), said("lon"), said("region_code"), last, gone});
  else
    out.put(geo_districts::table(), {id, said("city"), said("name_ar"), said("name_en"), said("synonyms"), said("lat"), said("lon"), last, gone});
}

void geo_place_changed(std::string_view, std::span<const change>, reader&, marks& m) { m.add("geo_index", ""); }

void derive_geo_index(std::string_view, reader& r, rows_out& out) {
  out.claim(geo_indexes::table(), geo_indexes::by_indexed, geo_indexes::the_one);
  const auto cities = living_cities(r), districts = living_districts(r);
  if (cities.empty() && districts.empty())
    return;
  std::string whole;
  add_to(whole, cities, geo_cities::updated_at);
  add_to(whole, districts, geo_districts::updated_at);
  out.put(geo_indexes::table(), {geo_indexes::the_one, to_hex(crypto::sha256(whole)).substr(0, 32)});
}

void geo_index_changed(std::string_view, std::span<const change>, reader&, marks& m) { m.add("every_lead", ""); }

void derive_every_lead(std::string_view, reader& r, rows_out& out) {
  constexpr std::string_view kinds[] = {"lead_seen"};
  const auto* indexed = index_row(r);
  millrace::leads::derive_lap("every_lead", indexed ? *(*indexed)[geo_indexes::hash] : "", kinds, "lead", r, out);
}

} // namespace millrace::contact_sync::leads
