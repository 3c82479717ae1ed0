#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/geography.hpp"
#include "contact-sync/leads/sightings.hpp"
#include "contact-sync/leads/tables.hpp"
#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "fold/cells.hpp"
#include "leads/classify_settings.hpp"
#include "leads/join_lead.hpp"
#include "leads/lead_phone.hpp"
#include "text/fold_case.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace millrace::contact_sync::leads {
namespace {

using fold::cell;
using fold::fact;
using fold::row;
using millrace::leads::column_of;
using millrace::leads::sightings;

// What a job says of the leads that it brought; nullopt where it is not known, or says nothing.
class jobs {
public:
  explicit jobs(reader& r) : reader_(r) {}
  cell of(const fact& sighting, std::size_t column) {
    const auto job = sighting.text("job");
    const auto* found = job ? reader_.first(internal_jobs::table(), internal_jobs::by_job, *job) : nullptr;
    return found ? (*found)[column] : cell();
  }

private:
  reader& reader_;
};

std::string_view confidence_in(const fact& f) { return f.text("geo_confidence").value_or("0"); }

// Where it is: the two coordinates of one sighting, never of two.
void put_point(const sightings& s, row& out) {
  for (const auto& f : s.seen)
    if (f.text("lat") && f.text("lon")) {
      out[lead_rows::lat] = std::string(*f.text("lat"));
      out[lead_rows::lon] = std::string(*f.text("lon"));
      return;
    }
}

// What the geo index says of where it is and of the city that stands in its row, the surer of the two; it knows one country.
std::optional<geo_found> place_in_index(const row& lead, reader& r) {
  const auto& country = lead[lead_rows::country];
  if (country && fold_case(millrace::leads::country_code(*country).value_or("")) != "sa")
    return std::nullopt;
  const auto index = geo_index_of(r);
  if (!index)
    return std::nullopt;
  const auto at = point_of(lead[lead_rows::lat], lead[lead_rows::lon]);
  auto by_point = at ? index->nearest(*at) : std::nullopt;
  auto by_text = lead[lead_rows::city] ? index->named(*lead[lead_rows::city]) : std::nullopt;
  return by_text && (!by_point || by_text->confidence > by_point->confidence) ? by_text : by_point;
}

// The sighting that says the place with the most confidence, the first of them.
const fact* place_said(const sightings& s) {
  const fact* best = nullptr;
  for (const auto& f : s.seen) {
    const bool says = f.text("geo_country") || f.text("geo_region_code") || f.text("geo_city_id") || f.text("geo_district_id");
    if (says && (!best || fold::compare_cells(fold::column_type::decimal, confidence_in(f), confidence_in(*best)) > 0))
      best = &f;
  }
  return best;
}

// Its place, as one: confidence never rises without its city. What was said goes before what was looked up with no more confidence.
void put_place(const sightings& s, reader& r, row& out) {
  const auto* said = place_said(s);
  if (auto found = place_in_index(out, r)) {
    auto confidence = millrace::leads::decimal_of(found->confidence, geo_confidence_places);
    if (!said || fold::compare_cells(fold::column_type::decimal, confidence, confidence_in(*said)) > 0) {
      out[lead_rows::geo_country] = "SA";
      out[lead_rows::geo_region_code] = std::move(found->region_code);
      out[lead_rows::geo_city] = std::move(found->city);
      out[lead_rows::geo_district] = std::move(found->district);
      out[lead_rows::geo_confidence] = std::move(confidence);
      return;
    }
  }
  if (!said)
    return;
  constexpr std::pair<std::size_t, std::string_view> columns[] = {{lead_rows::geo_country, "geo_country"}, {lead_rows::geo_region_code, "geo_region_code"},
                                                                  {lead_rows::geo_city, "geo_city_id"}, {lead_rows::geo_district, "geo_district_id"},
                                                                  {lead_rows::geo_confidence, "geo_confidence"}};
  for (const auto& [column, field] : columns)
    if (const auto text = said->text(field))
      out[column] = std::string(*text);
}

cell first_of_jobs(const sightings& s, jobs& j, std::size_t column) {
  for (const auto& f : s.seen)
    if (auto said = j.of(f, column))
      return said;
  return std::nullopt;
}

void put_columns(const sightings& s, jobs& j, reader& r, row& out) {
  constexpr std::pair<std::size_t, std::string_view> columns[] = {
      {lead_rows::name, "name"}, {lead_rows::city, "city"}, {lead_rows::country, "country"}, {lead_rows::rating, "rating"}, {lead_rows::website, "website"},
      {lead_rows::email, "email"}, {lead_rows::gmap_types, "gmap_types"}, {lead_rows::source_url, "source_url"}, {lead_rows::social, "social"},
      {lead_rows::source, "source"}};
  for (const auto& [column, field] : columns)
    out[column] = column_of(s, field);
  put_point(s, out);
  put_place(s, r, out);
  out[lead_rows::created_at] = to_postgres(s.seen.front().time());
  if (const auto job = s.seen.front().text("job"))
    out[lead_rows::first_job] = std::string(*job);
  out[lead_rows::job_group] = first_of_jobs(s, j, internal_jobs::job_group);
  out[lead_rows::created_by] = first_of_jobs(s, j, internal_jobs::requested_by);
}

void put_fingerprints(std::string_view phone, const sightings& s, rows_out& out) {
  std::map<std::string, instant> first;
  for (const auto& f : s.seen) {
    auto [at, added] = first.try_emplace(fingerprint(phone, f), f.time());
    if (!added)
      at->second = std::min(at->second, f.time());
  }
  for (const auto& [print, at] : first)
    out.put(leads_fingerprints::table(), {std::string(phone), print, to_postgres(at)});
}

// Whose it is: who was told to have it, else who first did something with it, else the agent of the job that brought it.
void put_assignment(std::string_view phone, const sightings& s, jobs& j, rows_out& out) {
  struct holder {
    std::string agent;
    instant since;
  };
  std::optional<holder> of;
  if (!s.assigned.empty()) {
    const auto& last = s.assigned.back();
    if (last.text_or_empty("agent").empty())
      return; // taken away
    of = holder{std::string(last.text_or_empty("agent")), last.time()};
  }
  for (const auto& f : s.statuses)
    if (const auto agent = f.text_or_empty("agent"); !of && !agent.empty())
      of = holder{std::string(agent), f.time()};
  if (const auto& first = s.seen.front(); !of && j.of(first, internal_jobs::role) == "agent")
    if (const auto agent = j.of(first, internal_jobs::agent))
      of = holder{*agent, first.time()};
  if (of)
    out.put(assignments::table(), {std::string(phone), of->agent, std::string(s.statuses.empty() ? "new" : s.statuses.back().text_or_empty("status")), to_postgres(of->since)});
}

} // namespace

void derive_lead(std::string_view phone, reader& r, rows_out& out) {
  out.claim(lead_rows::table(), lead_rows::by_phone, phone);
  out.claim(leads_fingerprints::table(), leads_fingerprints::by_phone, phone);
  out.claim(assignments::table(), assignments::by_phone, phone);
  const auto& all = r.facts("lead_seen", phone);
  const auto& deleted = r.facts("lead_deleted", phone);
  const sightings s(all, r.facts("lead_edited", phone), deleted, r.facts("lead_assigned", phone), r.facts("lead_status", phone));
  if (all.empty())
    return;
  row lead(lead_rows::seen_days + 1);
  lead[lead_rows::phone] = lead[lead_rows::phone_norm] = std::string(phone);
  lead[lead_rows::live] = s.seen.empty() ? "f" : "t";
  lead[lead_rows::seen_days] = seen_days(all, deleted);
  if (!s.seen.empty()) {
    jobs j(r);
    put_columns(s, j, r, lead);
    put_fingerprints(phone, s, out);
    put_assignment(phone, s, j, out);
  }
  out.put(lead_rows::table(), std::move(lead));
}

} // namespace millrace::contact_sync::leads
