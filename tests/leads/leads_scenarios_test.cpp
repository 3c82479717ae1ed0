// The scenarios of leads that contact-sync must pass (docs/domains/leads.md §7): final rows as stated, under every order, with
// every event told twice, and passes after each event, at the end, or mark by mark.
#include "contact-sync/leads/graph.hpp"
#include "contact-sync/leads/sightings.hpp"
#include "every_order.hpp"
#include "leads/facts.hpp"
#include "leads/items.hpp"
#include "leads/lead_phone.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace millrace;
using namespace millrace::in_memory;

namespace {

using rows = std::vector<std::string>;
using fields = std::initializer_list<std::pair<const std::string, field_value>>;

const char* const p1 = "+966501234567";
const char* const p9 = "+14155550100";
constexpr std::int64_t minute = 60, day = 86'400;

int told_so_far = 0;
told at(std::int64_t s, std::vector<said_fact> facts, const char* provider = "leads") { return {provider, "e" + std::to_string(++told_so_far), s, std::move(facts)}; }
told tick(std::int64_t s) { return {"clock", "tick" + std::to_string(s), s, {}}; }
told setting(std::int64_t s, const char* name, const char* value) { return at(s, {say("setting", {{"name", {name}}, {"value", {value}}})}, "admin"); }

told created(std::int64_t s, const char* job, fields f = {}) {
  auto said = say("job_set", f);
  said.fields["job"] = {job};
  said.fields["created"] = {"true"};
  return at(s, {said});
}
told claimed(std::int64_t s, const char* job, const char* attempt, const char* worker, const char* lease = "60") {
  return at(s, {say("job_claimed", {{"job", {job}}, {"attempt", {attempt}}, {"worker", {worker}}, {"lease_s", {lease}}})});
}
told ordered(std::int64_t s, const char* job, const char* act, fields more = {}) {
  auto said = say("job_ordered", more);
  said.fields["job"] = {job};
  said.fields["act"] = {act};
  return at(s, {said});
}
// A report with items as JSON; `attempt` "" is left out.
told reported(std::int64_t s, const char* job, const char* worker, const char* attempt, std::string items, fields more = {}) {
  auto said = say("job_reported", more);
  said.fields["job"] = {job};
  said.fields["worker"] = {worker};
  if (*attempt)
    said.fields["attempt"] = {attempt};
  said.fields["items"] = {std::move(items)};
  return at(s, {said});
}
std::string lead(const std::string& phone, const std::string& more = "") { return R"({"phone":")" + phone + "\"" + more + "}"; }
told gone(std::int64_t s, const char* phone) { return at(s, {say("lead_deleted", {{"phone", {phone}}})}); }

// What an admin says of a city or a district.
told geo(std::int64_t s, const char* kind, const char* id, fields f) {
  auto said = say("geo_set", f);
  said.fields["kind"] = {kind};
  said.fields["id"] = {id};
  return at(s, {said}, "admin");
}
told city(std::int64_t s, const char* id, fields f) { return geo(s, "city", id, f); }
rows places(const line& l) { return l.show("lead_rows", {"geo_country", "geo_region_code", "geo_city", "geo_district", "geo_confidence"}); }

rows jobs(const line& l) { return l.show("internal_jobs", {"job", "status", "worker", "attempts", "result_count", "progress_count", "done_reason"}); }
rows attempts(const line& l) { return l.show("job_attempts", {"attempt_id", "worker", "success", "log_excerpt"}); }
rows dead(const line& l) { return l.show("dead_letter_jobs", {"job", "attempt_id", "reason"}); }
rows leads_of(const line& l, std::initializer_list<std::string_view> columns = {"phone", "live"}) { return l.show("lead_rows", columns); }
rows counters(const line& l) { return l.show("usage_counters", {"day", "kind", "count"}); }

void check(const std::vector<told>& events, const std::function<void(const line&)>& look) { in_every_order(contact_sync_leads(), events, look); }

} // namespace

TEST(leads, scenario_1_the_first_sighting_that_says_a_column_has_it) {
  check({reported(2, "7", "w", "", "[" + lead(p1, R"(,"name":"N","city":"B")") + "]"), reported(1, "6", "w", "", "[" + lead(p1, R"(,"city":"A")") + "]")}, [](const line& l) {
    EXPECT_EQ(leads_of(l, {"phone", "name", "city", "created_at", "first_job"}), rows{std::string(p1) + "|N|A|2026-01-01 00:00:01+00|6"});
  });
}

TEST(leads, scenario_2_one_phone_in_many_spellings_is_one_lead) {
  const auto report = reported(1, "7", "w", "",
                               R"([{"phone":"0501234567"},{"phone":501234567},{"phone":"+966 50 123 4567"},{"phone":"00966501234567"},{"phone":"٠٥٠١٢٣٤٥٦٧"},)"
                               R"({"phone":"4155550100","country":"United States"},{"phone":""},17,{"phone":"12"}])");
  check({report}, [](const line& l) {
    EXPECT_EQ(leads_of(l), (rows{std::string(p9) + "|t", std::string(p1) + "|t"}));
    EXPECT_EQ(l.show("lead_rejects", {"item", "code", "raw"}), (rows{R"(6|phone_missing|{"phone":""})", "7|item_not_object|17", R"(8|phone_invalid|{"phone":"12"})"}));
    EXPECT_EQ(jobs(l), rows{"7|processing|w|1|2|9|-"});
    EXPECT_EQ(counters(l), (rows{"2026-01-01|ingest_added|2", "2026-01-01|ingest_duplicates|4"}));
  });
}

TEST(leads, scenario_3_a_place_is_taken_as_one_by_its_confidence_and_a_point_by_its_age) {
  check({reported(1, "7", "w", "", "[" + lead(p1, R"(,"lat":24.7,"lon":46.6,"geo_city_id":1,"geo_confidence":0.6)") + "]"),
         reported(2, "7", "w", "", "[" + lead(p1, R"(,"lat":1,"lon":2,"geo_city_id":2,"geo_confidence":0.9)") + "]"),
         reported(3, "7", "w", "", "[" + lead(p1, R"(,"geo_city_id":3)") + "]")},
        [](const line& l) { EXPECT_EQ(leads_of(l, {"lat", "lon", "geo_city", "geo_confidence"}), rows{"24.7|46.6|2|0.9"}); });
}

// The same, against what is known of cities: what was said stands against what is looked up, whichever comes first.
TEST(leads, scenario_3_what_the_cities_say_competes_with_what_was_seen) {
  const auto riyadh = city(9, "1", {{"name_en", {"Riyadh"}}, {"lat", {"24.7136"}}, {"lon", {"46.6753"}}, {"region_code", {"01"}}});
  const auto olaya = geo(8, "district", "17", {{"city", {"1"}}, {"name_en", {"Olaya"}}, {"lat", {"24.6951"}}, {"lon", {"46.685"}}});
  const auto point = R"(,"lat":24.7,"lon":46.6)";
  check({reported(1, "7", "w", "", "[" + lead(p1, point + std::string(R"(,"geo_city_id":5,"geo_confidence":0.6)")) + "]"), riyadh, olaya},
        [](const line& l) { EXPECT_EQ(places(l), rows{"SA|01|1|17|0.9612"}); });
  check({reported(1, "7", "w", "", "[" + lead(p1, point + std::string(R"(,"geo_city_id":5,"geo_confidence":0.97)")) + "]"), riyadh},
        [](const line& l) { EXPECT_EQ(places(l), rows{"-|-|5|-|0.97"}); });
  check({reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Riyadh - Olaya")") + "]"), riyadh, olaya}, [](const line& l) { EXPECT_EQ(places(l), rows{"SA|01|1|17|0.9"}); });
  check({reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Riyadh","geo_city_id":5,"geo_confidence":1)") + "]"), riyadh},
        [](const line& l) { EXPECT_EQ(places(l), rows{"-|-|5|-|1"}) << "of equal confidence what was said"; });
  check({reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Riyadh","country":"Egypt")") + "]"), riyadh}, [](const line& l) { EXPECT_EQ(places(l), rows{"-|-|-|-|-"}); });
}

TEST(leads, a_city_that_moves_is_renamed_or_is_nowhere_takes_its_leads_along) {
  const auto seen = reported(1, "7", "w", "", "[" + lead(p1, R"(,"lat":24.7,"lon":46.6)") + "," + lead(p9, R"(,"city":"Riyadh","country":"SA")") + "]");
  const auto riyadh = city(0, "1", {{"name_en", {"Riyadh"}}, {"lat", {"24.7"}}, {"lon", {"46.6"}}});
  check({seen, riyadh}, [](const line& l) { EXPECT_EQ(places(l), (rows{"SA|-|1|-|1", "SA|-|1|-|1"})); });
  check({seen, riyadh, city(2, "1", {{"lat", {"21.5"}}, {"lon", {"39.2"}}})}, [](const line& l) { EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "SA|-|1|-|1"})); });
  check({seen, riyadh, city(2, "1", {{"name_en", null_value()}, {"lat", null_value()}, {"lon", null_value()}})}, [](const line& l) {
    EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "-|-|-|-|-"}));
    EXPECT_EQ(l.show("geo_cities", {"city", "name_en", "lat"}), rows{"1|-|-"});
  });
  check({seen, riyadh, at(2, {say("lead_edited", {{"phone", {p9}}, {"city", {"Jeddah"}}})})}, [](const line& l) { EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "SA|-|1|-|1"})); });
}

TEST(leads, a_city_is_found_by_its_synonyms_as_they_were_said_last) {
  const auto seen = reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Mecca")") + "]");
  const auto makkah = city(2, "1", {{"name_en", {"Makkah"}}, {"synonyms", {R"([" Mecca","Mecca","Bakkah",7,""])"}}});
  check({seen, makkah}, [](const line& l) {
    EXPECT_EQ(places(l), rows{"SA|-|1|-|1"});
    EXPECT_EQ(l.show("geo_cities", {"synonyms"}), rows{R"(["Bakkah","Mecca"])"}) << "each once, in one order";
  });
  check({seen, makkah, city(3, "1", {{"name_en", {"Makkah"}}})}, [](const line& l) { EXPECT_EQ(places(l), rows{"SA|-|1|-|1"}) << "unsaid"; });
  check({seen, makkah, city(3, "1", {{"synonyms", {"Mecca"}}})}, [](const line& l) { EXPECT_EQ(places(l), rows{"SA|-|1|-|1"}) << "no list: unsaid"; });
  check({seen, makkah, city(3, "1", {{"synonyms", {R"(["Bakkah"])"}}})}, [](const line& l) { EXPECT_EQ(places(l), rows{"-|-|-|-|-"}); });
  for (const auto& emptied : {field_value{"[]"}, null_value()})
    check({seen, makkah, city(3, "1", {{"synonyms", emptied}})}, [](const line& l) {
      EXPECT_EQ(places(l), rows{"-|-|-|-|-"});
      EXPECT_EQ(l.show("geo_cities", {"synonyms"}), rows{"-"});
    });
}

// The row stays: what was said of the city is what somebody said, and can be read.
TEST(leads, a_city_that_is_deleted_has_no_lead_and_its_id_is_not_used_again) {
  const auto seen = reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Riyadh - Olaya")") + "," + lead(p9, R"(,"city":"Riyadh","geo_city_id":1,"geo_confidence":0.6)") + "]");
  const auto riyadh = city(2, "1", {{"name_en", {"Riyadh"}}});
  const auto olaya = geo(3, "district", "17", {{"city", {"1"}}, {"name_en", {"Olaya"}}});
  const auto no_city = city(4, "1", {{"deleted", {"true"}}}), no_district = geo(4, "district", "17", {{"deleted", {"true"}}});
  check({seen, riyadh, olaya}, [](const line& l) { EXPECT_EQ(places(l), (rows{"SA|-|1|-|1", "SA|-|1|17|0.9"})); });
  check({seen, riyadh, olaya, no_district}, [](const line& l) { EXPECT_EQ(places(l), (rows{"SA|-|1|-|0.9", "SA|-|1|-|1"})); });
  check({seen, riyadh, olaya, no_city}, [](const line& l) {
    EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "-|-|1|-|0.6"}));
    EXPECT_EQ(l.show("geo_cities", {"city", "name_en", "deleted_at"}), rows{"1|Riyadh|2026-01-01 00:00:04+00"});
  });
  check({seen, no_city, city(5, "1", {{"name_en", {"Riyadh"}}})}, [](const line& l) {
    EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "-|-|1|-|0.6"})) << "said again, it is deleted still";
    EXPECT_EQ(l.show("geo_indexes", {"indexed"}), rows());
  });
  line l(contact_sync_leads());
  for (const auto& e : {seen, riyadh, no_city})
    l.record(e);
  l.drain();
  EXPECT_EQ(places(l), (rows{"-|-|-|-|-", "-|-|1|-|0.6"}));
  l.take_back(no_city);
  l.drain();
  EXPECT_EQ(places(l), (rows{"SA|-|1|-|0.9", "SA|-|1|-|1"})) << "a deletion that is taken back never was";
}

TEST(leads, a_coordinate_out_of_range_is_unsaid_and_an_index_of_nothing_is_none) {
  check({city(1, "1", {{"lat", {"124.5"}}, {"lon", {"+46.60"}}, {"name_en", {"Riyadh"}}}), geo(2, "village", "1", {{"name_en", {"X"}}})}, [](const line& l) {
    EXPECT_EQ(l.show("geo_cities", {"city", "name_en", "lat", "lon"}), rows{"1|Riyadh|-|46.6"});
    EXPECT_EQ(l.show("geo_indexes", {"indexed"}), rows{"all"});
  });
  line l(contact_sync_leads());
  const auto riyadh = city(1, "1", {{"name_en", {"Riyadh"}}});
  l.record(reported(1, "7", "w", "", "[" + lead(p1, R"(,"city":"Riyadh")") + "]"));
  l.record(riyadh);
  l.drain();
  EXPECT_EQ(places(l), rows{"SA|-|1|-|1"});
  l.take_back(riyadh);
  l.drain();
  EXPECT_EQ(places(l), rows{"-|-|-|-|-"});
  EXPECT_EQ(l.show("geo_indexes", {"indexed"}), rows());
}

// More leads than a page of the sweep, and a city that moves while it is on its way.
TEST(leads, a_city_that_changes_during_a_sweep_is_that_of_every_lead) {
  std::vector<told> events;
  for (int n = 0; n < 1200; ++n)
    events.push_back(reported(1, "7", "w", "", "[" + lead("+9665012" + std::to_string(10'000 + n), R"(,"city":"Riyadh")") + "]"));
  line l(contact_sync_leads());
  for (const auto& e : events)
    l.record(e);
  l.drain();
  const auto one = city(2, "1", {{"name_en", {"Riyadh"}}}), other = city(3, "1", {{"name_en", {"Jeddah"}}}), back = city(4, "1", {{"name_en", {"Riyadh"}}, {"region_code", {"01"}}});
  for (const auto& change : {one, other, back}) {
    events.push_back(change);
    l.record(change);
    for (int passes = 0; passes < 2; ++passes)
      l.pass();
    EXPECT_EQ(l.show("laps", {"function"}), rows{"every_lead"});
  }
  l.drain();
  EXPECT_EQ(l.show("laps", {"function"}), rows());
  EXPECT_EQ(places(l), rows(1200, "SA|01|1|-|1"));
  EXPECT_EQ(what_differs(l.rows(), line::whole(contact_sync_leads(), events)), rows());
}

TEST(leads, scenario_4_a_deleted_lead_that_is_seen_again_starts_from_nothing) {
  check({reported(1, "7", "w", "", "[" + lead(p1, R"(,"name":"A")") + "]"), reported(3, "7", "w", "", "[" + lead(p1, R"(,"city":"B")") + "]"), gone(2, p1),
         reported(0, "7", "w", "", "[" + lead(p1, R"(,"website":"www.c.example")") + "]")},
        [](const line& l) {
          EXPECT_EQ(leads_of(l, {"live", "name", "city", "website", "created_at"}), rows{"t|-|B|-|2026-01-01 00:00:03+00"});
          EXPECT_EQ(counters(l), (rows{"2026-01-01|ingest_added|2", "2026-01-01|ingest_duplicates|1"}));
        });
  check({reported(1, "7", "w", "", "[" + lead(p1) + "]"), gone(2, p1)}, [](const line& l) {
    EXPECT_EQ(leads_of(l), rows{std::string(p1) + "|f"});
    EXPECT_EQ(l.show("leads_fingerprints", {"phone"}), rows());
    EXPECT_EQ(counters(l), rows{"2026-01-01|ingest_added|1"});
  });
}

TEST(leads, scenario_5_an_older_sighting_takes_away_an_untouched_assignment_only) {
  const auto agents = created(0, "1", {{"role", {"agent"}}, {"agent", {"17"}}}), admins = created(0, "2", {{"role", {"admin"}}});
  const auto late = reported(1, "2", "w", "", "[" + lead(p1) + "]"), first = reported(2, "1", "w", "", "[" + lead(p1) + "]");
  const auto assigned = [](const line& l) { return l.show("assignments", {"agent", "status", "assigned_at"}); };
  check({agents, admins, first}, [&](const line& l) { EXPECT_EQ(assigned(l), rows{"17|new|2026-01-01 00:00:02+00"}); });
  check({agents, admins, first, late}, [&](const line& l) { EXPECT_EQ(assigned(l), rows()); });
  check({agents, admins, first, late, at(3, {say("lead_status", {{"phone", {p1}}, {"agent", {"17"}}, {"status", {"connected"}}})})},
        [&](const line& l) { EXPECT_EQ(assigned(l), rows{"17|connected|2026-01-01 00:00:03+00"}); });
  check({agents, first, at(4, {say("lead_assigned", {{"phone", {p1}}, {"agent", null_value()}})})}, [&](const line& l) { EXPECT_EQ(assigned(l), rows()); });
}

TEST(leads, scenario_6_a_job_that_becomes_known_after_its_leads_is_theirs) {
  std::string items;
  for (int n = 0; n < 300; ++n)
    items += (n ? "," : "") + lead("+96650123" + std::to_string(4000 + n));
  std::vector<told> events;
  for (int n = 0; n < 10; ++n) // more pages of reports than one
    events.push_back(reported(n, "7", "w", "", "[" + items + "," + lead("+96650124" + std::to_string(4000 + n)) + "]"));
  line l(contact_sync_leads());
  for (const auto& e : events)
    l.record(e);
  l.drain();
  EXPECT_EQ(l.show("assignments", {"agent"}).size(), 0u);
  l.record(created(0, "7", {{"role", {"agent"}}, {"agent", {"17"}}, {"group", {"3"}}, {"requested_by", {"4"}}}));
  l.drain();
  const auto all = leads_of(l, {"job_group", "created_by"});
  EXPECT_EQ(all, rows(310, "3|4"));
  EXPECT_EQ(l.show("assignments", {"agent"}), rows(310, "17"));
}

TEST(leads, scenario_7_a_later_claim_takes_the_job_over) {
  check({claimed(0, "7", "a", "A", "60"), claimed(2 * minute, "7", "b", "B", "120"), reported(2 * minute + 20, "7", "A", "a", "[" + lead("+966501234561") + "]", {{"done", {"true"}}}),
         reported(2 * minute + 30, "7", "B", "b", "[" + lead("+966501234562") + "," + lead("+966501234563") + "]")},
        [](const line& l) {
          EXPECT_EQ(jobs(l), rows{"7|processing|B|2|2|2|-"});
          EXPECT_EQ(attempts(l), rows{"a|A|f|lease_expired"});
          EXPECT_EQ(leads_of(l).size(), 3u);
        });
}

TEST(leads, scenario_8_a_late_word_beats_the_silence_that_was_inferred) {
  const std::vector<told> silent = {created(0, "7", {{"max_attempts", {"1"}}}), claimed(0, "7", "a", "A"), tick(5 * minute)};
  check(silent, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|failed|-|1|0|0|-"});
    EXPECT_EQ(dead(l), rows{"7|a|lease_expired"});
  });
  auto spoke = silent;
  spoke.push_back(reported(3 * minute + 20, "7", "A", "a", "[]", {{"done", {"true"}}}));
  check(spoke, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|done|A|1|0|0|worker_done"});
    EXPECT_EQ(attempts(l), rows{"a|A|t|-"});
    EXPECT_EQ(dead(l), rows());
  });
}

TEST(leads, scenario_9_five_silent_claims_end_a_job_until_it_is_put_back) {
  std::vector<told> events;
  for (int n = 0; n < 5; ++n)
    events.push_back(claimed(n * 10 * minute, "7", std::to_string(n).c_str(), "A"));
  events.push_back(tick(60 * minute));
  check(events, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|failed|-|5|0|0|-"});
    EXPECT_EQ(dead(l), rows{"7|4|lease_expired"});
  });
  line l(contact_sync_leads());
  for (const auto& e : events)
    l.record(e);
  l.record(reported(63 * minute, "7", "A", "4", "[" + lead(p1) + "]"));
  l.record(claimed(62 * minute, "7", "again", "B", "600"));
  l.record(ordered(61 * minute, "7", "requeue", {{"reset_attempts", {"true"}}}));
  l.drain();
  EXPECT_EQ(jobs(l), rows{"7|processing|B|1|0|0|-"});
  EXPECT_EQ(dead(l), rows());
  EXPECT_EQ(leads_of(l).size(), 1u) << "what a stale worker brings is kept";
}

TEST(leads, scenario_10_limits_count_as_they_were_when_the_attempt_ended) {
  std::vector<told> events = {created(0, "7", {{"max_attempts", {"2"}}}), claimed(10, "7", "a", "A"), reported(20, "7", "A", "a", "[]", {{"error", {"boom"}}}), claimed(500, "7", "b", "A"),
                              reported(510, "7", "A", "b", "[]", {{"error", {"boom"}}, {"log", {"why"}}})};
  check(events, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|failed|-|2|0|0|-"});
    EXPECT_EQ(l.show("dead_letter_jobs", {"attempt_id", "reason", "payload"}), rows{"b|boom|why"});
  });
  std::vector<told> by_setting = {claimed(10, "7", "a", "A"), reported(20, "7", "A", "a", "[]", {{"error", {"boom"}}}), setting(0, "max_attempts_default", "1"), setting(900, "max_attempts_default", "10")};
  check(by_setting, [](const line& l) { EXPECT_EQ(jobs(l), rows{"7|failed|-|1|0|0|-"}); });
  by_setting.push_back(setting(15, "max_attempts_default", "10"));
  check(by_setting, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|queued|-|1|0|0|-"});
    const auto retry = l.show("internal_jobs", {"next_retry_at"}).front();
    EXPECT_GE(retry, "2026-01-01 00:01:20+00"); // 60 s, and up to a fifth more
    EXPECT_LE(retry, "2026-01-01 00:01:32+00");
  });
}

TEST(leads, scenario_11_a_key_counts_once_and_only_extends_the_lease_after_that) {
  check({claimed(0, "7", "a", "A", "30"), reported(10, "7", "A", "a", "[" + lead(p1) + "]", {{"ikey", {"k"}}}),
         reported(20, "7", "A", "a", "[" + lead(p9) + "]", {{"ikey", {"k"}}, {"done", {"true"}}})},
        [](const line& l) {
          EXPECT_EQ(jobs(l), rows{"7|processing|A|1|1|1|-"});
          EXPECT_EQ(l.show("internal_jobs", {"lease_expires_at"}), rows{"2026-01-01 00:02:20+00"});
          EXPECT_EQ(l.show("idempotency_keys", {"job", "ikey", "created_at"}), rows{"7|k|2026-01-01 00:00:10+00"});
          EXPECT_EQ(leads_of(l).size(), 2u);
        });
}

TEST(leads, scenario_12_a_report_signed_anew_is_no_news) {
  const auto items = "[" + lead(p1) + "]";
  check({claimed(0, "7", "a", "A"), reported(10, "7", "A", "a", items), reported(15, "7", "A", "a", items)}, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|processing|A|1|1|1|-"});
    EXPECT_EQ(counters(l), rows{"2026-01-01|ingest_added|1"});
  });
}

TEST(leads, scenario_13_within_one_moment_the_old_holder_speaks_first) {
  check({claimed(30, "7", "a", "A"), reported(28, "7", "A", "a", "[]", {{"done", {"true"}}})}, [](const line& l) { EXPECT_EQ(jobs(l), rows{"7|done|A|1|0|0|worker_done"}); });
  check({claimed(0, "7", "a", "A"), reported(30, "7", "A", "a", "[]", {{"done", {"true"}}}), claimed(30, "7", "b", "B")}, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|done|A|1|0|0|worker_done"});
    EXPECT_EQ(attempts(l), (rows{"a|A|t|-", "b|B|f|claim_after_end"}));
  });
}

TEST(leads, scenario_14_old_attempts_are_no_rows_and_still_count) {
  const std::vector<told> events = {claimed(0, "7", "a", "A"), reported(10, "7", "A", "a", "[]", {{"error", {"boom"}}}), tick(91 * day)};
  check(events, [](const line& l) {
    EXPECT_EQ(attempts(l), rows());
    EXPECT_EQ(l.show("internal_jobs", {"attempts"}), rows{"1"});
  });
  auto longer = events;
  longer.push_back(setting(0, "job_attempts_ttl_days", "100"));
  check(longer, [](const line& l) { EXPECT_EQ(attempts(l), rows{"a|A|f|boom"}); });
}

// More jobs than a page of the sweep, and rules that change while it is on its way.
TEST(leads, rules_that_change_during_a_sweep_are_those_of_every_job) {
  std::vector<told> events;
  for (int n = 0; n < 1200; ++n)
    events.push_back(claimed(10, std::to_string(n).c_str(), "a", "A", "30"));
  events.push_back(tick(minute));
  line l(contact_sync_leads());
  for (const auto& e : events)
    l.record(e);
  l.drain();
  EXPECT_EQ(l.show("dead_letter_jobs", {"job"}).size(), 0u);
  const auto once = setting(0, "max_attempts_default", "1"), later = setting(1, "max_attempts_default", "2"), again = setting(2, "max_attempts_default", "1");
  for (const auto& change : {once, later, again}) {
    events.push_back(change);
    l.record(change);
    for (int passes = 0; passes < 2; ++passes)
      l.pass();
    EXPECT_EQ(l.show("laps", {"function"}), rows{"every_job"});
  }
  l.drain();
  EXPECT_EQ(l.show("laps", {"function"}), rows());
  EXPECT_EQ(l.show("dead_letter_jobs", {"job"}).size(), 1200u);
  EXPECT_EQ(what_differs(l.rows(), line::whole(contact_sync_leads(), events)), rows());
}

TEST(leads, a_target_that_is_reached_ends_the_job_and_one_that_is_not_is_told) {
  const auto job = created(0, "7", {{"target_count", {"2"}}});
  check({job, claimed(0, "7", "a", "A"), reported(10, "7", "A", "a", "[" + lead(p1) + "," + lead(p9) + "]")},
        [](const line& l) { EXPECT_EQ(jobs(l), rows{"7|done|A|1|2|2|target_reached"}); });
  check({job, claimed(0, "7", "a", "A"), reported(10, "7", "A", "a", "[" + lead(p1) + "]", {{"done", {"true"}}})},
        [](const line& l) { EXPECT_EQ(jobs(l), rows{"7|done|A|1|1|1|no_more_results"}); });
  check({job, claimed(0, "7", "a", "A"), ordered(20, "7", "cancel"), reported(30, "7", "A", "a", "[" + lead(p1) + "]", {{"done", {"true"}}})}, [](const line& l) {
    EXPECT_EQ(jobs(l), rows{"7|done|-|1|0|0|cancelled_admin"});
    EXPECT_EQ(attempts(l), rows{"a|A|f|cancelled_admin"});
  });
}

TEST(leads, another_phone_makes_it_another_lead_and_another_spelling_does_not) {
  const auto seen = reported(1, "7", "w", "", "[" + lead(p1, R"(,"name":"Ann")") + "]");
  check({seen, at(2, {say("lead_edited", {{"phone", {p1}}, {"new_phone", {p9}}, {"city", {"Berkeley"}}, {"agent", {"17"}}})})}, [](const line& l) {
    EXPECT_EQ(leads_of(l, {"phone", "live", "name", "city"}), (rows{std::string(p9) + "|t|-|Berkeley", std::string(p1) + "|f|-|-"}));
    EXPECT_EQ(l.show("assignments", {"phone", "agent"}), rows{std::string(p9) + "|17"});
  });
  check({seen, at(2, {say("lead_edited", {{"phone", {p1}}, {"new_phone", {"0501234567"}}, {"name", null_value()}, {"rating", {"9"}}})})},
        [](const line& l) { EXPECT_EQ(leads_of(l, {"phone", "live", "name", "rating"}), rows{std::string(p1) + "|t|-|-"}); });
}

TEST(leads, the_earlier_claim_has_a_mobile_and_saving_it_again_is_no_later_claim) {
  const auto staff = [](std::int64_t s, const char* user, fields f) {
    auto said = say("staff_set", f);
    said.fields["user"] = {user};
    return at(s, {said}, "admin");
  };
  const auto shown = [](const line& l) { return l.show("users", {"user", "mobile", "conflicts"}); };
  const auto one = staff(1, "1", {{"mobile", {"0501234567"}}}), two = staff(2, "2", {{"mobile", {p1}}}), again = staff(3, "1", {{"mobile", {"+966501234567"}}});
  check({one, two, again}, [&](const line& l) {
    EXPECT_EQ(shown(l), (rows{std::string("1|") + p1 + "|-", "2|-|mobile"}));
    EXPECT_EQ(l.show("findings", {"kind", "subject"}), rows{std::string("staff_conflict|mobile/") + p1});
  });
  check({one, two, staff(4, "1", {{"deleted", {"true"}}})}, [&](const line& l) { EXPECT_EQ(shown(l), (rows{"1|-|-", std::string("2|") + p1 + "|-"})); });
  check({staff(1, "1", {{"password_hash", {"hunter2"}}, {"washeej_token", {"plain"}}})},
        [&](const line& l) { EXPECT_EQ(l.show("users", {"password_hash", "washeej_token"}), rows{"-|-"}); });
}

TEST(leads, a_session_is_open_until_it_is_closed_expires_or_its_user_goes) {
  const std::string token(64, 'a');
  const auto opened = at(0, {say("session_said", {{"token_hash", {token}}, {"user", {"1"}}, {"expires_at", {"2026-01-01T01:00:00Z"}}})}, "admin");
  const auto open = [](const line& l) { return l.show("sessions", {"user", "expires_at"}); };
  check({opened, tick(59 * minute)}, [&](const line& l) { EXPECT_EQ(open(l), rows{"1|2026-01-01 01:00:00+00"}); });
  check({opened, tick(60 * minute)}, [&](const line& l) { EXPECT_EQ(open(l), rows()); });
  check({opened, at(-5, {say("session_said", {{"token_hash", {token}}, {"closed", {"true"}}})}, "admin")}, [&](const line& l) { EXPECT_EQ(open(l), rows()); });
  check({opened, at(9, {say("staff_set", {{"user", {"1"}}, {"deleted", {"true"}}})}, "admin")}, [&](const line& l) { EXPECT_EQ(open(l), rows()); });
}

TEST(leads, places_tiles_windows_and_messages_are_kept_and_counted) {
  const auto window = [](std::int64_t s, const char* rejected) {
    return at(s, {say("calls_rejected", {{"key", {"k"}}, {"window_start", {"2026-01-01T00:01:00Z"}}, {"rejected", {rejected}}})});
  };
  const auto tile = [](std::int64_t s, const char* added) {
    return at(s, {say("tile_searched", {{"q", {" dental "}}, {"ll", {"24.7,46.6"}}, {"radius_km", {"5"}}, {"leads_added", {added}}})});
  };
  check({window(1, "3"), window(2, "2"), tile(1, "4"), tile(2, "5")}, [](const line& l) {
    EXPECT_EQ(l.show("call_windows", {"key", "rejected"}), rows{"k|3"});
    EXPECT_EQ(l.show("search_tiles", {"q", "leads_added"}), rows{"dental|9"});
    EXPECT_EQ(counters(l), rows{"2026-01-01|rl_category_search_429|3"});
  });
  check({reported(2, "7", "w", "", "[" + lead(p1, R"(,"external_id":"n1","provider":"osm","name":"Clinic")") + "]"),
         at(3, {say("place_fetched", {{"provider", {"osm"}}, {"external_id", {"n1"}}})}), at(1, {say("place_seen", {{"provider", {"osm"}}, {"external_id", {"n1"}}, {"name", {"Old"}}})}),
         at(4, {say("group_set", {{"group", {"3"}}, {"base_query", {"dental"}}})}),
         at(5, {say("washeej_sent", {{"phone", {p1}}, {"http_code", {"200"}}, {"response", {"ok"}}})})},
        [](const line& l) {
          EXPECT_EQ(l.show("place_cache", {"provider", "external_id", "phone", "name"}), rows{std::string("osm|n1|") + p1 + "|Clinic"});
          EXPECT_EQ(l.show("washeej_logs", {"phone", "http_code", "response"}), rows{std::string(p1) + "|200|ok"});
          EXPECT_EQ(counters(l), (rows{"2026-01-01|google_details|1", "2026-01-01|ingest_added|1", "2026-01-01|ml_groups_created|1"}));
        });
}

TEST(fingerprint, is_the_seeds) {
  fold::fact f;
  f.at = stamp::make(parse_rfc3339("2025-01-01T10:00:00Z").value(), false, "k", "lead_seen", "p", 0);
  f.fields = {{"source", {"osm"}}, {"city", {" Riyadh "}}, {"lat", {"24.71355"}}, {"lon", {"46.6753"}}};
  EXPECT_EQ(contact_sync::leads::fingerprint("+966501234567", f), "8b3ea8e069fb5b09a43672b5a99680cee30276a1");
}

TEST(fingerprint, rounds_half_away_from_zero) {
  const auto r = contact_sync::leads::rounded_to_thousandths;
  EXPECT_EQ(r("24.7135"), "24.714");
  EXPECT_EQ(r("24.7134999"), "24.713");
  EXPECT_EQ(r("-24.7135"), "-24.714");
  EXPECT_EQ(r("-0.0004"), "0");
  EXPECT_EQ(r("9.9995"), "10");
  EXPECT_EQ(r("0.1"), "0.1");
  EXPECT_EQ(r("7"), "7");
}

TEST(items, a_bad_value_is_unsaid_and_a_bad_item_is_told) {
  const auto read = leads::read_items(R"([{"phone":"0501234567","rating":5.5,"email":"A@x.org","website":"no url","social":[1],"source":"yelp","lat":91,"name":" N "},null])");
  ASSERT_EQ(read.good.size(), 1u);
  EXPECT_EQ(to_json(read.good[0].fields), R"({"email":"a@x.org","name":"N"})");
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].code, "item_not_object");
  EXPECT_EQ(leads::read_items("{}").count, 0u);
  EXPECT_EQ(leads::read_items("[").count, 0u);
}

TEST(items, what_is_over_a_thousand_is_told) {
  std::string many = "[";
  for (int n = 0; n < 1001; ++n)
    many += (n ? "," : "") + lead(p1);
  const auto read = leads::read_items(many + "]");
  EXPECT_EQ(read.good.size(), 1000u);
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].code, "too_many_items");
}

TEST(facts, of_some_kinds_are_those_of_all_that_are_of_these) {
  event e;
  e.provider = "leads";
  const auto report = reported(1, "7", "w", "a", "[" + lead(p1, R"(,"name":"N","category":"3","external_id":"n1")") + "," + lead(p9) + "," + lead(p1) + ",null," + lead("1") + "]",
                               {{"category", {"2"}}, {"log", {"l"}}});
  const auto all = leads::take_for_contacts(e, report.facts);
  std::set<std::string> told;
  for (const auto& f : all)
    told.insert(f.kind);
  EXPECT_EQ(told, (std::set<std::string>{"job_reported", "lead_rejected", "lead_seen", "place_seen"}));
  for (const auto& kind : told) {
    const std::string_view wanted[] = {kind};
    auto expected = all;
    std::erase_if(expected, [&](const auto& f) { return f.kind != kind; });
    EXPECT_EQ(leads::take_of_kinds(e, report.facts, wanted), expected) << kind;
  }
}

TEST(phones, are_read_by_the_country_that_is_named_in_any_of_three_languages) {
  EXPECT_EQ(leads::lead_phone("0501234567", ""), p1);
  EXPECT_EQ(leads::lead_phone("0501234567", "السعودية"), p1);
  EXPECT_EQ(leads::lead_phone("0612345678", "France"), "+33612345678");
  EXPECT_EQ(leads::lead_phone("(415) 555-0100", "États-Unis"), p9);
  EXPECT_EQ(leads::lead_phone("4155550100", "us"), p9);
  EXPECT_EQ(leads::lead_phone("12", "SA"), std::nullopt);
  EXPECT_EQ(leads::lead_phone("", "SA"), std::nullopt);
}
