#include "admin_file.hpp"
#include "admin_log.hpp"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

struct read_file {
  std::vector<admin_command> commands;
  std::vector<fault> faults, warnings;
};

const catalogue& profiles() {
  static std::vector<fault> faults;
  static const catalogue all = catalogue::embedded(faults);
  return all;
}

read_file read(const std::string& text) {
  read_file r;
  const auto file = json::file::read("west.json", text);
  EXPECT_TRUE(file) << file.error().text();
  if (!file)
    return r;
  admin_findings found;
  r.commands = read_admin_file(*file, "ann", profiles(), found);
  r.faults = std::move(found.faults);
  r.warnings = std::move(found.warnings);
  return r;
}

std::vector<std::string> types(const read_file& r) {
  std::vector<std::string> all;
  for (const auto& c : r.commands)
    all.push_back(c.type);
  return all;
}

// As raw.admin would hold it.
event said(const admin_command& c, std::int64_t at_s) {
  event e;
  e.body = body_of(c, instant{at_s * second_us});
  e.said_time = e.received = instant{at_s * second_us};
  e.dedupe_key = "admin:" + c.project + ":" + c.type + ":" + std::to_string(at_s);
  return e;
}

constexpr std::int64_t now_s = 1'795'200'000;

TEST(admin_file, every_section_becomes_its_commands_in_an_order_that_stands) {
  const auto r = read(R"({
    "project": "acme/west",
    "bindings": [{"provider": "ghl", "account": "Loc1"}],
    "agents": [{"agent_key": "CHRIS", "is_active": true}], // who
    "lists": [{"agent_key": "CHRIS", "list_key": "HOT"}],
    "stages": {"s1": "Follow Up"}, "fields": {"f1": "preferred_time"}, "users": {"u1": "rafi@example.com"},
    "settings": {"country": "US", "memory_keywords": true},
    "opts": [{"phone": "+14155550177", "action": "out"}],
    "release": [{"provider": "ghl", "account": "Loc2"}],
    "quarantine": [{"event_id": "e1", "event_source": "webhook", "by": "bob"}],
    "erase": [{"provider": "ghl", "account": "Loc1", "entity": "contact", "system": "ghl", "id": "c1"}],
    "commands": [{"type": "list.set", "data": {"agent_key": "RAFI", "list_key": "HOT"}}],
  })");
  EXPECT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(types(r), (std::vector<std::string>{"project.set", "source.bound", "agent.set", "list.set", "opt.set", "entity.erased", "stage.set",
                                                "field.set", "user.set", "setting.set", "setting.set", "account.released", "event.quarantined", "list.set"}));
  EXPECT_EQ(r.commands[6].data, R"({"stage_id":"s1","name":"Follow Up"})");
  EXPECT_EQ(r.commands[10].data, R"({"name":"memory_keywords","value":true})");
  EXPECT_EQ(r.commands[11].data, R"({"provider": "ghl", "account": "Loc2", "by": "ann"})");
  EXPECT_EQ(r.commands[12].data, R"({"event_id": "e1", "event_source": "webhook", "by": "bob"})");
}

TEST(admin_file, several_projects_stand_in_one_file) {
  EXPECT_EQ(read(R"({"projects": [{"project": "a/x"}, {"project": "a/y"}]})").commands.size(), 2U);
  const auto r = read(R"([{"project": "a/x"}, {"type": "agent.set", "project": "a/y", "timestamp": "2026-11-20T12:00:00Z", "data": {"agent_key": "C"}}])");
  ASSERT_EQ(r.commands.size(), 2U);
  EXPECT_EQ(r.commands[1].project, "a/y");
  EXPECT_EQ(r.commands[1].at, *parse_rfc3339("2026-11-20T12:00:00Z"));
}

TEST(admin_file, all_faults_are_told_at_once_with_their_lines) {
  const auto r = read("{\n\"project\": \"a/x\",\n\"agent\": [],\n\"lists\": [{\"agent_key\": \"C\"}],\n\"stages\": [],\n\"at\": \"yesterday\"}");
  ASSERT_EQ(r.faults.size(), 4U);
  EXPECT_EQ(r.faults[0].code, "unknown_member");
  EXPECT_NE(r.faults[0].detail.find("did you mean `agents`"), std::string::npos) << r.faults[0].detail;
  EXPECT_TRUE(r.faults[0].place.starts_with("west.json:3")) << r.faults[0].place;
  EXPECT_TRUE(r.faults[1].place.starts_with("west.json:6")) << r.faults[1].place;
  EXPECT_NE(r.faults[2].detail.find("list_key"), std::string::npos);
  EXPECT_TRUE(r.faults[3].place.starts_with("west.json:5")) << r.faults[3].place;
}

TEST(admin_file, what_would_end_as_an_error_or_mean_nothing_is_told_before_it_is_said) {
  const auto r = read(R"({"project": "a/x",
    "agents": [{"agent_key": "C", "is_active": "maybe"}],
    "agents_": [],
    "lists": [{"agent_key": "C", "list_key": "WHATEVER"},
              {"agent_key": "NOBODY", "list_key": "HOT"},
              {"agent_key": "C", "list_key": "HOT", "aloware_list": "1"}],
    "opts": [{"phone": "+14155550177", "action": "sideways"},
             {"phone": "+1415", "action": "out"}],
    "settings": {"country": "USA",
                 "colour": "red",
                 "memory_keywords": "often"},
    "commands": [{"type": "agents.set", "data": {"agent_key": "C"}},
                 {"type": "agent.set", "data": {"display_name": ["C"]}}]})");
  const std::vector<std::string> expected = {
      "unknown_member at west.json:3 /agents_: `agents_` is not known here (did you mean `agents`?)",
      "bad_value at west.json:2 /agents/0/is_active: `maybe` is not known here (known: false, true)",
      "bad_value at west.json:4 /lists/0/list_key: there is no call list `WHATEVER` (known: CALL_NOW, NEW_LEADS, FOLLOW_UP, HOT)",
      "unknown_member at west.json:6 /lists/2/aloware_list: `aloware_list` is not known here (did you mean `aloware_list_id`?)",
      "bad_value at west.json:7 /opts/0/action: `sideways` is not known here (known: in, out)",
      "bad_value at west.json:9 /settings/country: `USA` is no country: two letters of ISO 3166-1 are expected, like US",
      "bad_value at west.json:10 /settings/colour: there is no setting `colour` (known: country, default_agent, memory_keywords, max_attempts_default, lease_sec_default, job_attempts_ttl_days, dead_letter_ttl_days, "
      "stuck_minutes, worker_online_window_sec, internal_server_enabled, pause_from, pause_to, …)",
      "bad_value at west.json:11 /settings/memory_keywords: `often` is neither true nor false",
      "unknown_type at west.json:12 /commands/0: `agents.set` is not known (did you mean `agent.set`?)",
      "bad_value at west.json:13 /commands/1/data/display_name: [\"C\"] says nothing here: a text is expected",
      "missing_key at west.json:13 /commands/1/data/agent_key: the fact `agent` needs it as its agent_key",
      "bad_value at west.json:8 /opts/1/phone: `+1415` is no phone number; write it as +14155550177",
  };
  std::vector<std::string> told;
  for (const auto& f : r.faults)
    told.push_back(f.text());
  EXPECT_EQ(told, expected);
  ASSERT_EQ(r.warnings.size(), 1U);
  EXPECT_EQ(r.warnings[0].text(), "unknown_agent at west.json:5 /lists/1/agent_key: no entry of this file says agent `NOBODY`: it must have been said before");
}

TEST(admin_file, null_empties_and_is_no_fault) {
  const auto r = read(R"({"project": "a/x", "agents": [{"agent_key": "C", "display_name": null, "is_active": false}], "settings": {"country": null}})");
  EXPECT_TRUE(r.faults.empty()) << r.faults[0].text();
}

TEST(admin_file, categories_and_what_hangs_on_them_are_told_and_a_pattern_that_never_matches_is_a_fault) {
  const auto good = read(R"({"project": "a/x", "settings": {"classify_threshold": "1.5"}, "categories": [{"category_id": 2, "name": "Dentists"}],
    "keywords": [{"keyword_id": 1, "category_id": 2, "keyword": "عيادة"}], "rules": [{"rule_id": 1, "target": "name", "match_mode": "regex", "pattern": "/a+/i"}, {"rule_id": 1, "pattern": null}],
    "templates": [{"template_id": 1, "template": "{keyword}"}]})");
  EXPECT_EQ(good.faults.size(), 0u);
  EXPECT_EQ(good.commands.size(), 7u);
  const auto bad = read(R"({"project": "a/x", "settings": {"classify_threshold": "-1"}, "keywords": [{"keyword_id": 1, "keyword": " "}], "rules": [{"rule_id": 1, "match_mode": "regex", "pattern": "(a"}]})");
  ASSERT_EQ(bad.faults.size(), 3u);
  for (const auto& f : bad.faults)
    EXPECT_TRUE(f.place.find("keyword") != std::string::npos || f.text().find("`(a` never matches: missing ): ") != std::string::npos || f.text().find("no number from 0 to 1000") != std::string::npos) << f.text();
}

TEST(admin_file, cities_and_districts_are_told_and_each_has_an_id) {
  const auto r = read(R"({"project": "a/x", "cities": [{"city_id": 3, "name_en": "Riyadh", "lat": 24.7136, "lon": 46.6753}, {"name_en": "Abha"}], "districts": [{"district_id": 17, "city_id": 3}]})");
  EXPECT_EQ(types(r), (std::vector<std::string>{"project.set", "geo.city_set", "geo.city_set", "geo.district_set"}));
  ASSERT_EQ(r.faults.size(), 1u);
  EXPECT_EQ(r.faults[0].text(), "missing_key at west.json:1 /cities/1: `city_id` must be said");
}

TEST(admin_file, the_settings_of_every_domain_are_known) {
  const auto good = read(R"({"project": "a/x", "settings": {"country": "SA", "max_attempts_default": "3", "job_attempts_ttl_days": null}})");
  EXPECT_TRUE(good.faults.empty()) << good.faults[0].text();
  const auto bad = read(R"({"project": "a/x", "settings": {"lease_sec_default": "soon"}})");
  ASSERT_EQ(bad.faults.size(), 1U);
  EXPECT_EQ(bad.faults[0].detail, "`soon` is no whole number of at most nine digits");
}

TEST(admin_file, a_file_without_a_project_says_nothing) {
  const auto r = read(R"({"agents": [{"agent_key": "C"}]})");
  EXPECT_TRUE(r.commands.empty());
  ASSERT_EQ(r.faults.size(), 1U);
  EXPECT_EQ(r.faults[0].code, "missing_key");
}

TEST(admin_file, the_same_command_at_the_same_time_is_the_same_bytes) {
  const auto r = read(R"({"project": "a/x", "agents": [{"agent_key": "C"}]})");
  EXPECT_EQ(body_of(r.commands[1], instant{0}), R"({"type":"agent.set","timestamp":"1970-01-01T00:00:00.000000Z","project":"a/x","data":{"agent_key": "C"}})");
}

TEST(admin_log, applied_twice_a_file_says_nothing_new) {
  const auto r = read(R"({"project": "a/x", "bindings": [{"provider": "ghl", "account": "L"}], "agents": [{"agent_key": "C", "is_active": true}]})");
  admin_log log;
  for (const auto& c : r.commands) {
    EXPECT_FALSE(log.says(c)) << c.subject;
    log.learn(said(c, now_s));
    EXPECT_TRUE(log.says(c)) << c.subject;
  }
}

TEST(admin_log, another_value_is_news_and_what_is_left_out_is_not) {
  const auto first = read(R"({"project": "a/x", "agents": [{"agent_key": "C", "display_name": "Chris", "is_active": true}]})").commands[1];
  admin_log log;
  log.learn(said(first, now_s));
  EXPECT_TRUE(log.says(read(R"({"project": "a/x", "agents": [{"is_active": true, "agent_key": "C"}]})").commands[1]));
  EXPECT_FALSE(log.says(read(R"({"project": "a/x", "agents": [{"agent_key": "C", "is_active": false}]})").commands[1]));
  EXPECT_FALSE(log.says(read(R"({"project": "a/x", "agents": [{"agent_key": "C", "display_name": null}]})").commands[1]));
  EXPECT_FALSE(log.says(read(R"({"project": "a/y", "agents": [{"agent_key": "C", "is_active": true}]})").commands[1]));
}

TEST(admin_log, the_latest_word_counts_whatever_the_order_in_which_it_is_read) {
  const auto bound = read(R"({"project": "a/x", "bindings": [{"provider": "ghl", "account": "L"}]})").commands[1];
  const auto unbound = read(R"({"project": "a/x", "unbindings": [{"provider": "ghl", "account": "L"}]})").commands[1];
  admin_log one, other;
  one.learn(said(bound, now_s)), one.learn(said(unbound, now_s + 1));
  other.learn(said(unbound, now_s + 1)), other.learn(said(bound, now_s));
  for (const admin_log* log : {&one, &other}) {
    EXPECT_FALSE(log->says(bound));
    EXPECT_TRUE(log->says(unbound));
  }
}

TEST(admin_file, a_provider_that_there_is_not_is_a_fault) {
  const auto r = read(R"({"project": "a/x", "bindings": [{"provider": "ghll", "account": "L"}]})");
  ASSERT_EQ(r.faults.size(), 1U);
  EXPECT_NE(r.faults[0].detail.find("did you mean `ghl`"), std::string::npos);
}

TEST(admin_log, a_file_that_says_when_does_not_undo_what_was_said_since) {
  const auto old = read(R"({"project": "a/x", "at": "2026-11-20T12:00:00Z", "settings": {"country": "US"}})").commands[1];
  const auto since = read(R"({"project": "a/x", "settings": {"country": "DE"}})").commands[1];
  admin_log log;
  log.learn(said(old, old.at->us / second_us));
  EXPECT_FALSE(log.overrules(since));
  log.learn(said(since, old.at->us / second_us + 5));
  EXPECT_FALSE(log.says(old));
  EXPECT_TRUE(log.overrules(old));
  EXPECT_FALSE(log.overrules(since));
}

TEST(admin_log, an_unreadable_event_is_passed_by) {
  admin_log log;
  event e;
  e.body = "{";
  log.learn(e);
  EXPECT_EQ(log.events(), 0U);
}

} // namespace
} // namespace millrace::cli
