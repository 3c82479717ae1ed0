#include "contact-sync/leads/graph.hpp"

#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/sightings.hpp"
#include "contact-sync/leads/tables.hpp"
#include "core/text.hpp"
#include "leads/facts.hpp"
#include "leads/job_functions.hpp"
#include "leads/lap.hpp"
#include "leads/rules.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::contact_sync::leads {
namespace {

using fold::row;
using fold::tally_sums;

void job_rules_changed(std::string_view, std::span<const change>, reader&, marks& m) { m.add("every_job", ""); }

std::vector<fold::function> functions() {
  return {
      // jobs, and the leads that each brought
      {.name = "job_rules", .derive = millrace::leads::derive_job_rules, .changed = job_rules_changed, .at_once = true},
      {.name = "every_job", .derive = derive_every_job, .at_once = true},
      {.name = "job", .derive = derive_job, .changed = job_changed, .wakes = true},
      {.name = "job_leads", .derive = derive_job_leads},
      // where things are: in the pass that changed it, before any lead
      {.name = "geo_place", .derive = derive_geo_place, .changed = geo_place_changed},
      {.name = "geo_index", .derive = derive_geo_index, .changed = geo_index_changed, .version = 2, .at_once = true},
      {.name = "every_lead", .derive = derive_every_lead, .at_once = true},
      // leads
      {.name = "lead", .derive = derive_lead},
      {.name = "lead_reject", .derive = derive_lead_reject},
      // people
      {.name = "staff_said", .derive = derive_staff_said, .changed = staff_said_changed},
      {.name = "staff_claims", .derive = derive_staff_claims, .changed = staff_claims_changed, .finds = true, .at_once = true},
      {.name = "staff", .derive = derive_staff, .at_once = true},
      {.name = "staff_session", .derive = derive_staff_session, .wakes = true},
      // what was searched, and what it cost
      {.name = "lead_group", .derive = derive_lead_group},
      {.name = "place", .derive = derive_place},
      {.name = "tile", .derive = derive_tile},
      {.name = "window", .derive = derive_window},
      {.name = "washeej", .derive = derive_washeej},
  };
}

std::vector<fold::trigger> triggers() {
  return {
      {.kind = "setting", .function = "job_rules", .group = millrace::leads::if_of_jobs},
      {.kind = "job_set", .function = "job"},
      {.kind = "job_claimed", .function = "job"},
      {.kind = "job_reported", .function = "job"},
      {.kind = "job_ordered", .function = "job"},
      {.kind = "geo_set", .function = "geo_place"},
      {.kind = "lead_seen", .function = "lead"},
      {.kind = "lead_edited", .function = "lead"},
      {.kind = "lead_deleted", .function = "lead"},
      {.kind = "lead_assigned", .function = "lead"},
      {.kind = "lead_status", .function = "lead"},
      {.kind = "lead_rejected", .function = "lead_reject"},
      {.kind = "staff_set", .function = "staff_said"},
      {.kind = "session_said", .function = "staff_session"},
      {.kind = "group_set", .function = "lead_group"},
      {.kind = "place_seen", .function = "place"},
      {.kind = "place_fetched", .function = "place"},
      {.kind = "tile_searched", .function = "tile"},
      {.kind = "calls_rejected", .function = "window"},
      {.kind = "washeej_sent", .function = "washeej"},
  };
}

// Each "<day>:<n>:<m> …" of a cell adds its numbers to the kinds, in their order.
void add_days(const fold::cell& days, std::initializer_list<const char*> kinds, tally_sums& to) {
  if (!days)
    return;
  for (const auto entry : split(*days, ',')) {
    const auto parts = split(entry, ':');
    std::size_t n = 1;
    for (const auto* kind : kinds)
      to.add({std::string(parts[0]), kind}, number_of(parts.at(n++)));
  }
}
std::string day_of_cell(const fold::cell& timestamp) { return timestamp->substr(0, 10); }

void lead_adds(const row& r, tally_sums& to) { add_days(r[lead_rows::seen_days], {"ingest_added", "ingest_duplicates"}, to); }
void place_adds(const row& r, tally_sums& to) { add_days(r[place_cache::fetched_days], {"google_details"}, to); }
void group_adds(const row& r, tally_sums& to) { to.add({day_of_cell(r[job_groups::created_at]), "ml_groups_created"}, 1); }
void job_adds(const row& r, tally_sums& to) {
  if (r[internal_jobs::is_stub] == "f" && r[internal_jobs::job_group])
    to.add({day_of_cell(r[internal_jobs::created_at]), "ml_jobs_created"}, 1);
}
void window_adds(const row& r, tally_sums& to) { to.add({day_of_cell(r[call_windows::window_start]), "rl_category_search_429"}, number_of(*r[call_windows::rejected])); }

const fold::graph& graph() {
  static const fold::graph g{
      .functions = functions(),
      .triggers = triggers(),
      .tables = {&millrace::leads::job_rules_table(), &millrace::leads::laps::table(), &internal_jobs::table(), &job_attempts::table(), &dead_letter_jobs::table(),
                 &idempotency_keys::table(), &geo_cities::table(), &geo_districts::table(), &geo_indexes::table(), &lead_rows::table(), &leads_fingerprints::table(), &assignments::table(), &lead_rejects::table(), &staff_said::table(),
                 &staff_claims::table(), &users::table(), &sessions::table(), &session_users::table(), &job_groups::table(), &place_cache::table(), &search_tiles::table(),
                 &call_windows::table(), &washeej_logs::table(), &usage_counters::table()},
      .tallies = {{.totals = &usage_counters::table(), .of = &lead_rows::table(), .adds = lead_adds},
                  {.totals = &usage_counters::table(), .of = &place_cache::table(), .adds = place_adds},
                  {.totals = &usage_counters::table(), .of = &job_groups::table(), .adds = group_adds},
                  {.totals = &usage_counters::table(), .of = &internal_jobs::table(), .adds = job_adds},
                  {.totals = &usage_counters::table(), .of = &call_windows::table(), .adds = window_adds}},
  };
  return g;
}

} // namespace
} // namespace millrace::contact_sync::leads

namespace millrace {

const fold::domain& contact_sync_leads() {
  using namespace contact_sync;
  static const fold::domain d{
      .name = "leads",
      .schema = "leads",
      .take = millrace::leads::take_for_contacts,
      .raw_tables = {},
      .taking_version = millrace::leads::taking_version(),
      .graph = &contact_sync::leads::graph(),
      .derive_version = "",
      .groups_of = millrace::leads::groups_of,
      .without = millrace::leads::without,
  };
  return d;
}

} // namespace millrace
