// The scenarios of leads that classifier must pass (docs/domains/leads.md §7): final rows as stated, under every order, with every event
// told twice, and passes after each event, at the end, or mark by mark.
#include "classifier/leads/graph.hpp"
#include "every_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace millrace;
using namespace millrace::in_memory;

namespace {

using rows = std::vector<std::string>;
using fields = std::initializer_list<std::pair<const std::string, field_value>>;

const char* const p1 = "+966501234567";

int told_so_far = 0;
told at(std::int64_t s, std::vector<said_fact> facts, const char* provider = "leads") { return {provider, "e" + std::to_string(++told_so_far), s, std::move(facts)}; }

told of_admin(std::int64_t s, const char* kind, const char* id_field, const char* id, fields more) {
  auto said = say(kind, more);
  said.fields[id_field] = {id};
  return at(s, {said}, "admin");
}
told category(std::int64_t s, const char* id, fields f = {}) { return of_admin(s, "category_set", "category", id, f); }
told keyword(std::int64_t s, const char* id, fields f) { return of_admin(s, "keyword_set", "keyword", id, f); }
told rule(std::int64_t s, const char* id, fields f) { return of_admin(s, "rule_set", "rule", id, f); }
told setting(std::int64_t s, const char* name, const char* value) { return at(s, {say("setting", {{"name", {name}}, {"value", {value}}})}, "admin"); }
const std::pair<const std::string, field_value> deleted = {"deleted", {"true"}};

told created(std::int64_t s, const char* job, const char* wanted) { return at(s, {say("job_set", {{"job", {job}}, {"category", {wanted}}})}); }
told reported(std::int64_t s, const char* job, std::string items, fields more = {}) {
  auto said = say("job_reported", more);
  said.fields["job"] = {job};
  said.fields["worker"] = {"w"};
  said.fields["items"] = {std::move(items)};
  return at(s, {said});
}
std::string lead(const std::string& phone, const std::string& name, const std::string& more = "") { return R"({"phone":")" + phone + R"(","name":")" + name + '"' + more + "}"; }

rows verdicts(const line& l, std::initializer_list<std::string_view> columns = {"category", "origin", "points"}) { return l.show("lead_categories", columns); }
rows tree(const line& l) { return l.show("categories", {"category", "parent", "slug", "depth", "path", "conflicts"}); }

void check(const std::vector<told>& events, const std::function<void(const line&)>& look) { in_every_order(classifier_leads(), events, look); }
void expect(const std::vector<told>& events, const rows& expected) {
  check(events, [&](const line& l) { EXPECT_EQ(verdicts(l), expected); });
}

// Drains and says how many groups of a function were derived.
std::size_t judged(line& l, std::string_view function) {
  std::size_t groups = 0;
  while (!l.pending().empty()) {
    fold::pass_options o;
    o.name_groups = true;
    for (const auto& g : l.pass({}, o).groups)
      groups += g.function == function;
  }
  return groups;
}

} // namespace

TEST(classifier, scenario_15_a_lead_has_the_category_that_todays_rules_give_it) {
  const auto clinic = reported(1, "7", "[" + lead(p1, "Riyadh Dental Clinic") + "]");
  const auto dental = keyword(2, "k", {{"category", {"2"}}, {"text", {"DENTAL"}}});
  const auto two = category(3, "2", {{"name", {"Dentists"}}});
  const auto no_dental = keyword(4, "k", {deleted});
  const auto by_rule = rule(5, "r", {{"category", {"2"}}, {"target", {"name"}}, {"pattern", {"clinic\\b"}}, {"match_mode", {"regex"}}});
  expect({clinic}, {"-|-|-"});
  expect({clinic, dental}, {"-|-|-"});
  expect({clinic, dental, two}, {"2|classified|2"});
  expect({clinic, dental, two, no_dental}, {"-|-|-"});
  expect({clinic, dental, two, no_dental, by_rule}, {"2|classified|1"});
}

TEST(classifier, scenario_16_a_keyword_that_comes_among_leads_leaves_no_stale_verdict_and_no_mark) {
  constexpr std::size_t count = 5'000; // more than two pages of a sweep
  for (const std::size_t first : {std::size_t{0}, count / 2, count}) {
    line l(classifier_leads());
    l.record(category(1, "2"));
    const auto report = [&](std::size_t from, std::size_t to) {
      for (std::size_t n = from; n < to; n += 500) {
        std::string items;
        for (auto i = n; i < std::min(n + 500, to); ++i)
          items += (items.empty() ? "" : ",") + lead("+96650123" + std::to_string(1000 + i), i % 2 ? "Dental " + std::to_string(i) : "Bakery");
        l.record(reported(2, "7", "[" + items + "]"));
      }
    };
    report(0, first);
    l.drain();
    l.record(keyword(3, "k", {{"category", {"2"}}, {"text", {"dental"}}}));
    // Leads come while the sweep is on its way; each pass follows some of the marks only, and few of each function.
    fold::pass_options few;
    few.in_memory_most = 700;
    std::mt19937_64 random(first + 1);
    for (std::size_t n = first; n < count;) {
      const auto to = std::min(n + 250, count);
      report(n, to);
      n = to;
      std::set<fold::mark> some;
      for (const auto& m : l.pending())
        if (random() % 3 == 0)
          some.insert(m);
      if (!some.empty())
        l.pass(some, few);
    }
    l.drain();
    const auto all = verdicts(l);
    EXPECT_EQ(all.size(), count);
    EXPECT_EQ(static_cast<std::size_t>(std::count(all.begin(), all.end(), "2|classified|2")), count / 2);
    EXPECT_TRUE(l.pending().empty());
  }
}

TEST(classifier, scenario_17_people_and_jobs_say_first_what_a_lead_is) {
  const auto says_1 = reported(10, "7", "[" + lead(p1, "dental") + "]", {{"category", {"c1"}}});
  const auto rules = std::vector{category(1, "c2"), keyword(2, "k", {{"category", {"c2"}}, {"text", {"dental"}}})};
  const auto gone = category(20, "c1", {deleted});
  const auto older = reported(5, "8", "[" + lead(p1, "older") + "]");
  const auto its_job = created(3, "8", "c0");
  expect({rules[0], rules[1], says_1}, {"c1|asserted|-"});
  expect({rules[0], rules[1], says_1, gone}, {"c2|classified|2"});
  expect({rules[0], rules[1], says_1, gone, older, its_job}, {"c0|asserted|-"});

  line l(classifier_leads());
  for (const auto& e : {rules[0], rules[1], says_1, gone, older, its_job})
    l.record(e);
  l.drain();
  l.take_back(gone);
  l.drain();
  EXPECT_EQ(verdicts(l), rows{"c1|asserted|-"}) << "what items and reports say goes before what jobs say";
}

TEST(classifier, scenario_18_a_cycle_is_cut_at_the_edge_that_began_last_and_slugs_are_swapped) {
  check({category(1, "A", {{"parent", {"B"}}, {"slug", {"a"}}}), category(2, "B", {{"parent", {"A"}}, {"slug", {"b"}}}), category(3, "A", {{"slug", {"b"}}}),
         category(4, "B", {{"slug", {"a"}}}), category(5, "A", {{"parent", {"B"}}})},
        [](const line& l) {
          EXPECT_EQ(tree(l), (rows{"A|B|b|1|a/b|-", "B|-|a|0|a|-"}));
          EXPECT_EQ(l.show("findings", {"kind", "subject"}), rows{"category_cycle|B"});
        });
  check({category(1, "A", {{"slug", {"x"}}}), category(2, "B", {{"slug", {"x"}}, {"parent", {"A"}}}), category(3, "C", {{"parent", {"B"}}})}, [](const line& l) {
    EXPECT_EQ(tree(l), (rows{"A|-|x|0|x|-", "B|A|-|1|x/B|slug", "C|B|-|2|x/B/C|-"}));
    EXPECT_EQ(l.show("findings", {"kind", "subject"}), rows{"category_conflict|x"});
  });
}

TEST(classifier, a_category_hangs_on_no_one_who_is_gone_and_no_deeper_than_64) {
  check({category(1, "A"), category(2, "B", {{"parent", {"A"}}}), category(3, "A", {deleted}), category(4, "C", {{"parent", {"unheard"}}})},
        [](const line& l) { EXPECT_EQ(tree(l), (rows{"A|-|-|0|A|-", "B|-|-|0|B|-", "C|unheard|-|1|unheard/C|-"})); });
  line l(classifier_leads());
  for (int n = 0; n < 100; ++n) {
    auto one = category(n, std::to_string(1000 + n).c_str());
    if (n > 0)
      one.facts.front().fields["parent"] = {std::to_string(999 + n)};
    l.record(one);
  }
  l.drain();
  const auto depths = l.show("categories", {"category", "depth"});
  EXPECT_EQ(depths[64], "1064|64");
  EXPECT_EQ(depths[65], "1065|0");
  EXPECT_EQ(depths[99], "1099|34");
  EXPECT_EQ(l.show("findings", {"kind", "subject"}), rows{"category_too_deep|1065"});
}

TEST(classifier, points_are_summed_ties_go_to_the_least_id_and_the_threshold_counts) {
  const auto word = [](const char* id, const char* of, const char* text) { return keyword(1, id, {{"category", {of}}, {"text", {text}}}); };
  const auto lead_told = reported(1, "7", "[" + lead(p1, "Café Dental", R"(,"gmap_types":"dental,health")") + "]");
  expect({category(1, "2"), category(1, "3"), word("k1", "2", "dental"), word("k2", "3", "CAFÉ"), lead_told}, {"2|classified|3.5"});
  expect({category(1, "2"), category(1, "1"), word("k1", "2", "café"), word("k2", "1", "café"), lead_told}, {"1|classified|2"});
  expect({category(1, "2"), word("k1", "2", "dental"), word("k2", "2", "DENTAL"), lead_told, setting(2, "classify_w_kw_types", "0.25")}, {"2|classified|2.25"});
  expect({category(1, "2"), word("k1", "2", "dental"), lead_told, setting(2, "classify_threshold", "3.501")}, {"-|-|-"});
  expect({category(1, "2"), word("k1", "2", "dental"), lead_told, setting(2, "classify_enabled", "false")}, {"-|-|-"});
  expect({category(1, "2"), word("k1", "2", "dental"), lead_told, setting(2, "classify_enabled", "false"), setting(3, "classify_enabled", "true")}, {"2|classified|3.5"});
  expect({category(1, "2", {{"is_active", {"false"}}}), word("k1", "2", "dental"), lead_told}, {"-|-|-"});
}

TEST(classifier, rules_weigh_in_their_target_and_less_than_nothing_is_nothing) {
  const auto says = [](const char* id, const char* target, const char* pattern, const char* mode, const char* weight) {
    return rule(1, id, {{"category", {"2"}}, {"target", {target}}, {"pattern", {pattern}}, {"match_mode", {mode}}, {"weight", {weight}}});
  };
  const auto told_lead = reported(1, "7", "[" + lead(p1, "عيادة الأسنان", R"(,"website":"https://teeth.example/fr","country":"SA")") + "]");
  expect({category(1, "2"), says("1", "name", "عِياده", "contains", "1.25"), says("2", "website", "/TEETH\\./i", "regex", "2"), told_lead}, {"2|classified|3.25"});
  expect({category(1, "2"), says("1", "country", "sa", "exact", "3"), says("2", "name", "SA", "exact", "9"), told_lead}, {"2|classified|3"});
  expect({category(1, "2"), says("1", "country", "sa", "exact", "3"), says("2", "phone", "^\\+966", "regex", "-3"), told_lead, setting(2, "classify_threshold", "0")}, {"-|-|-"});
  expect({category(1, "2"), says("1", "country", "sa", "exact", "3"), told_lead, setting(2, "classify_w_country", "0.5009")}, {"2|classified|1.5"});
  expect({category(1, "2"), says("1", "country", "sa", "exact", "3"), rule(2, "1", {{"enabled", {"false"}}}), told_lead}, {"-|-|-"});
  expect({category(1, "2"), says("1", "country", "sa", "exact", "3"), rule(2, "1", {{"category", {"9"}}}), told_lead}, {"-|-|-"});
}

TEST(classifier, who_a_person_put_there_stays_until_that_is_taken_back) {
  const auto put = [](std::int64_t s, field_value where) { return at(s, {say("lead_category_set", {{"phone", {p1}}, {"category", std::move(where)}})}); };
  const auto seen = reported(2, "7", "[" + lead(p1, "x") + "]", {{"category", {"c1"}}});
  expect({seen, put(3, {"c9"})}, {"c9|admin|-"});
  expect({seen, put(3, {"c9"}), put(4, null_value())}, {"c1|asserted|-"});
  expect({seen, put(3, {"c9"}), category(5, "c9", {{"is_active", {"false"}}})}, {"c9|admin|-"});
  expect({seen, put(3, {"c9"}), category(5, "c9", {deleted})}, {"c1|asserted|-"});
  expect({seen, put(3, {"c9"}), at(4, {say("lead_deleted", {{"phone", {p1}}})})}, {});
  expect({seen, put(3, {"c9"}), at(4, {say("lead_deleted", {{"phone", {p1}}})}), reported(5, "7", "[" + lead(p1, "y") + "]")}, {"-|-|-"});
  expect({seen, at(3, {say("lead_edited", {{"phone", {p1}}, {"category", {"c8"}}})})}, {"c8|admin|-"});
}

TEST(classifier, a_pattern_that_is_none_is_a_row_that_says_so_and_never_matches) {
  const auto of = [](const char* id, std::string pattern, const char* mode) {
    return rule(1, id, {{"category", {"2"}}, {"target", {"name"}}, {"pattern", {std::move(pattern)}}, {"match_mode", {mode}}});
  };
  line l(classifier_leads());
  l.record(category(1, "2"));
  l.record(reported(1, "7", "[" + lead(p1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!") + "]"));
  for (const auto& e : {of("1", "", "contains"), of("2", "(a+", "regex"), of("3", std::string(501, 'a'), "contains"), of("4", "(x+x+)+y", "regex"), of("5", "//", "regex"),
                        of("6", std::string(100'000, '('), "regex"), of("7", "ـ", "exact"), keyword(1, "k", {{"category", {"2"}}, {"text", {std::string(2000, 'a')}}})})
    l.record(e);
  l.drain();
  EXPECT_EQ(l.show("category_rules", {"source_id", "pattern_state"}), (rows{"1|empty", "2|bad_regex", "3|too_long", "4|ok", "5|empty", "6|too_long", "7|empty"}));
  EXPECT_EQ(l.show("category_keywords", {"source_id", "pattern_state"}), rows{"k|too_long"});
  EXPECT_EQ(verdicts(l), rows{"-|-|-"});
  EXPECT_EQ(l.show("category_rules", {"pattern"})[5].size(), 501u);
  EXPECT_EQ(l.show("patterns", {"text"}), rows{"(?i)(x+x+)+y"});
}

TEST(classifier, five_thousand_bad_rules_are_rows_and_no_patterns) {
  line l(classifier_leads());
  l.record(category(1, "2"));
  l.record(keyword(1, "k", {{"category", {"2"}}, {"text", {"dental"}}}));
  const std::string slow[] = {"(a+)+$", "(a|aa)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*z"}; // they ruin engines that go back
  for (int n = 0; n < 5000; ++n)
    l.record(rule(1, std::to_string(n).c_str(), {{"category", {"2"}}, {"target", {"name"}}, {"match_mode", {"regex"}}, {"pattern", {n < 5 ? slow[n] : "(" + std::to_string(n)}}}));
  l.record(reported(1, "7", "[" + lead(p1, "Dental " + std::string(190, 'a') + "!") + "]"));
  l.drain();
  const auto states = l.show("category_rules", {"pattern_state"});
  EXPECT_EQ(std::count(states.begin(), states.end(), "bad_regex"), 4995);
  EXPECT_EQ(l.show("patterns", {"kind"}).size(), 6u);
  EXPECT_EQ(verdicts(l), rows{"2|classified|2"});
}

TEST(classifier, a_changed_keyword_judges_those_again_that_contain_it_and_no_others) {
  line l(classifier_leads());
  std::string items;
  for (int n = 0; n < 300; ++n)
    items += (n ? "," : "") + lead("+96650123" + std::to_string(4000 + n), n % 10 ? "Bakery" : "Dental Clinic");
  l.record(category(1, "2"));
  l.record(keyword(1, "k1", {{"category", {"2"}}, {"text", {"bakery"}}}));
  l.record(reported(2, "7", "[" + items + "]"));
  l.drain();
  l.record(keyword(3, "k2", {{"category", {"2"}}, {"text", {"clinic"}}}));
  EXPECT_EQ(judged(l, "verdict"), 30u);
  l.record(keyword(4, "k2", {{"text", {"dental"}}}));
  EXPECT_EQ(judged(l, "verdict"), 30u) << "the old and the new one, each lead once";
  l.record(keyword(5, "k2", {{"text", {"DENTAL"}}}));
  EXPECT_EQ(judged(l, "verdict"), 0u) << "the same when folded";
  l.record(keyword(6, "k3", {{"category", {"2"}}, {"text", {"de"}}}));
  EXPECT_EQ(judged(l, "verdict"), 300u) << "too short to be looked up";
  l.record(setting(7, "classify_threshold", "2"));
  EXPECT_EQ(judged(l, "verdict"), 300u);
  l.record(setting(8, "country", "SA"));
  EXPECT_EQ(judged(l, "verdict"), 0u) << "no setting of ours";
}

// However many leads wait for them, and however many pages of them are loaded one after the other.
TEST(classifier, what_leads_are_matched_with_is_made_once_for_all_leads_of_a_pass) {
  constexpr std::size_t keywords = 5'100, leads = 40; // more than a page
  line l(classifier_leads());
  l.record(category(1, "2"));
  for (std::size_t k = 0; k < keywords; ++k)
    l.record(keyword(2, ("k" + std::to_string(k)).c_str(), {{"category", {"2"}}, {"text", {"word" + std::to_string(k) + " end"}}}));
  l.drain();
  std::string items;
  for (std::size_t n = 0; n < leads; ++n)
    items += (items.empty() ? "" : ",") + lead("+9665012345" + std::to_string(10 + n), "word" + std::to_string(keywords - 1 - n) + " end");
  l.record(reported(3, "7", "[" + items + "]"));
  const auto before = fold::built_things().made();
  l.drain();
  EXPECT_EQ(fold::built_things().made() - before, 1u);
  EXPECT_EQ(verdicts(l), rows(leads, "2|classified|2"));
}

TEST(classifier, what_matched_is_told_the_strongest_first) {
  check({category(1, "2"), keyword(1, "k", {{"category", {"2"}}, {"text", {"Dental"}}}),
         rule(1, "r", {{"category", {"2"}}, {"target", {"name"}}, {"pattern", {"/^dental/i"}}, {"match_mode", {"regex"}}, {"weight", {"2.5"}}}),
         reported(2, "7", "[" + lead(p1, "Dental") + "]")},
        [](const line& l) {
          EXPECT_EQ(verdicts(l, {"points", "matched", "created_at"}),
                    rows{R"(4.5|[{"kind":"regex","target":"name","text":"(?i)^dental","points":"2.5"},{"kind":"keyword","target":"name","text":"dental","points":"2"}]|2026-01-01 00:00:02+00)"});
        });
}

TEST(classifier, every_act_on_a_category_is_logged_with_what_it_said) {
  check({category(1, "2", {{"name", {"Dentists"}}, {"user", {"5"}}}), keyword(2, "k", {{"category", {"2"}}, {"text", {"x y"}}, {"lang", {"klingon"}}}), keyword(3, "k", {deleted})}, [](const line& l) {
    EXPECT_EQ(l.show("category_activity_log", {"action", "category", "user", "details"}),
              (rows{R"(category.set|2|5|{"name":"Dentists"})", R"(keyword.deleted|-|-|{"deleted":"true"})", R"(keyword.set|2|-|{"category":"2","text":"x y"})"}));
  });
}

TEST(classifier, an_erased_leads_facts_are_not_told_by_its_category) {
  const auto& d = classifier_leads();
  const fold::entity who{"lead", "phone", p1};
  for (const auto& f : facts_of(d, at(1, {say("lead_category_set", {{"phone", {p1}}, {"category", {"2"}}})})))
    EXPECT_FALSE(d.without(who, f.kind, f.key, f.fields)) << f.kind;
  for (const auto& f : facts_of(d, reported(1, "7", "[" + lead(p1, "x", R"(,"category":"2")") + "]")))
    if (f.kind == "category_named") {
      EXPECT_TRUE(d.without(who, f.kind, f.key, f.fields)) << "it names the job";
    }
}
