#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace millrace;
using namespace millrace::fold;

namespace {

// A toy domain: people say their town; `person` keeps the last said town, `town` counts its people, `echo` only passes
// marks on.
const table people{.name = "people",
                   .columns = {{.name = "person"}, {.name = "town"}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}, {.name = "town", .columns = {1}}}};
const table towns{.name = "towns",
                  .columns = {{.name = "town"}, {.name = "people"}},
                  .key = {0},
                  .paths = {{.name = "key", .columns = {0}}}};

void derive_person(std::string_view key, reader& r, rows_out& out) {
  out.claim(people, 0, key);
  const auto& facts = r.facts("moved", key);
  if (facts.empty())
    return;
  if (facts.back().text_or_empty("town") == "nowhere")
    throw bug("nobody lives nowhere");
  out.put(people, {std::string(key), std::string(facts.back().text_or_empty("town"))});
}

void person_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    for (const auto* r : {c.before, c.after})
      if (r)
        m.add("town", *(*r)[1]);
}

void derive_town(std::string_view key, reader& r, rows_out& out) {
  out.claim(towns, 0, key);
  const auto& inside = r.rows(people, 1, key);
  if (inside.size() > 2)
    out.find("crowded", key, std::to_string(inside.size()));
  if (!inside.empty())
    out.put(towns, {std::string(key), std::to_string(inside.size())});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "person", .derive = derive_person, .changed = person_changed},
                                     {.name = "town", .derive = derive_town, .finds = true}},
                       .triggers = {{.kind = "moved", .function = "person"}},
                       .tables = {&people, &towns}};
  return g;
}

fact moved(const std::string& who, const std::string& town, std::int64_t at) {
  fact f;
  f.kind = "moved";
  f.key = who;
  f.event_id = who + town + std::to_string(at);
  f.at = stamp::make({at * second_us}, false, f.event_id, f.kind, f.key, 0);
  f.fields["town"] = {town};
  return f;
}

} // namespace

TEST(pass, rows_follow_facts_through_the_graph) {
  memory_store s;
  for (const auto& f : {moved("ann", "oslo", 1), moved("bob", "oslo", 1), moved("ann", "rome", 2)})
    s.add(f);
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(s.dump(), (std::vector<std::string>{"people\tann\trome", "people\tbob\toslo", "towns\toslo\t1", "towns\trome\t1"}));
}

TEST(pass, a_late_older_fact_changes_nothing_and_marks_nobody) {
  memory_store s;
  s.add(moved("ann", "rome", 2));
  drain(toy(), s, {{"moved", "ann"}});
  s.add(moved("ann", "oslo", 1));
  const auto marks = std::vector<mark>{{"moved", "ann"}};
  const auto result = run_pass(toy(), s, marks);
  EXPECT_EQ(result.functions.at("person").rows, 0u);
  EXPECT_FALSE(result.functions.contains("town"));
}

TEST(pass, a_removed_event_takes_its_rows_and_findings_along) {
  memory_store s;
  for (const char* who : {"ann", "bob", "cid"})
    s.add(moved(who, "oslo", 1));
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(s.tables().at("findings").size(), 1u);
  drain(toy(), s, s.remove_event("annoslo1"));
  EXPECT_EQ(s.tables().at("findings").size(), 0u);
  EXPECT_EQ(s.tables().at("people").size(), 2u);
}

// Of people by their key it is counted how often they were asked for.
class counting_store : public memory_store {
public:
  std::vector<std::vector<row>> rows(const table& t, std::size_t path, std::span<const std::string> values) override {
    asked += &t == &people && path == 0;
    return memory_store::rows(t, path, values);
  }
  int asked = 0;
};

TEST(pass, what_was_written_is_known_by_its_key_and_not_read_again) {
  static const table mirrors{.name = "mirrors", .columns = {{.name = "person"}, {.name = "town"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
  const graph g{.functions = {{.name = "person", .derive = derive_person,
                               .changed = [](std::string_view key, std::span<const change>, reader&, marks& m) { m.add("mirror", key); }},
                              {.name = "mirror",
                               .derive =
                                   [](std::string_view key, reader& r, rows_out& out) {
                                     out.claim(mirrors, 0, key);
                                     for (const auto& person : r.rows(people, 0, key))
                                       out.put(mirrors, person);
                                   }}},
                .triggers = {{.kind = "moved", .function = "person"}},
                .tables = {&people, &mirrors}};
  counting_store s;
  const auto mirrored = [&] {
    s.asked = 0;
    drain(g, s, s.all_groups());
    std::string shown;
    for (const auto& [key, r] : s.tables().at("mirrors"))
      shown += *r[0] + " in " + *r[1] + ", ";
    return shown;
  };
  s.add(moved("ann", "oslo", 1));
  s.add(moved("bob", "oslo", 1));
  EXPECT_EQ(mirrored(), "ann in oslo, bob in oslo, ");
  EXPECT_EQ(s.asked, 1);
  s.add(moved("ann", "rome", 2));
  EXPECT_EQ(mirrored(), "ann in rome, bob in oslo, ");
  EXPECT_EQ(s.asked, 1);
  s.asked = 0;
  drain(g, s, s.remove_event(moved("bob", "oslo", 1).event_id));
  EXPECT_EQ(s.tables().at("mirrors").size(), 1u) << "a row that went is known to be gone";
  EXPECT_EQ(s.asked, 1);
}

TEST(pass, a_bug_sets_its_group_aside_and_the_others_go_on) {
  memory_store s;
  s.add(moved("ann", "nowhere", 1));
  s.add(moved("bob", "oslo", 1));
  const auto marks = s.all_groups();
  const auto result = run_pass(toy(), s, marks);
  ASSERT_EQ(result.stuck.size(), 1u);
  EXPECT_EQ(result.stuck[0], (mark{"person", "ann"}));
  EXPECT_EQ(result.why[0], "nobody lives nowhere");
  EXPECT_EQ(s.tables().at("people").size(), 1u);
}

TEST(pass, whatever_pure_code_throws_is_a_bug_of_its_group_alone) {
  memory_store s;
  s.add(moved("ann", "oslo", 1));
  s.add(moved("bob", "rome", 1));
  auto g = toy();
  g.functions[1].derive = [](std::string_view key, reader&, rows_out& out) {
    if (key == "oslo")
      static_cast<void>(std::vector<int>().at(0));
    out.put(towns, {std::string(key), "1"});
  };
  const auto marks = s.all_groups();
  const auto result = run_pass(g, s, marks);
  EXPECT_EQ(result.stuck, (std::vector<mark>{{"town", "oslo"}}));
  EXPECT_EQ(s.dump(), (std::vector<std::string>{"people\tann\toslo", "people\tbob\trome", "towns\trome\t1"}));
}

// Else its rows would be there and nobody would ever be told.
TEST(pass, a_bug_in_changed_ends_the_pass) {
  memory_store s;
  s.add(moved("ann", "oslo", 1));
  auto g = toy();
  g.functions[0].changed = [](std::string_view, std::span<const change>, reader&, marks&) { throw bug("whom?"); };
  const auto marks = s.all_groups();
  EXPECT_THROW(run_pass(g, s, marks), bug);
}

TEST(pass, derived_again_what_does_not_differ_is_told_to_those_behind) {
  memory_store s;
  for (const auto& f : {moved("ann", "oslo", 1), moved("bob", "rome", 1)})
    s.add(f);
  drain(toy(), s, s.all_groups());
  auto next = toy();
  next.functions[1].derive = [](std::string_view key, reader&, rows_out& out) {
    out.claim(towns, 0, key);
    out.put(towns, {std::string(key), "many"});
  };
  const std::vector<mark> as_always = {{"moved", "ann"}, {"moved", "bob"}}, again = {{"moved", "ann", true}, {"moved", "bob"}};
  drain(next, s, as_always);
  EXPECT_EQ(s.dump(), (std::vector<std::string>{"people\tann\toslo", "people\tbob\trome", "towns\toslo\t1", "towns\trome\t1"}));
  const auto result = run_pass(next, s, again);
  EXPECT_EQ(result.functions.at("person").rows, 0u); // nothing is written for it
  EXPECT_EQ(s.dump(), (std::vector<std::string>{"people\tann\toslo", "people\tbob\trome", "towns\toslo\tmany", "towns\trome\t1"}));
}

TEST(pass, again_goes_on_with_what_comes_back_and_ends_at_earlier_functions) {
  memory_store s;
  for (const auto& f : {moved("ann", "oslo", 1), moved("bob", "rome", 1)})
    s.add(f);
  drain(toy(), s, s.all_groups());
  pass_options o;
  o.in_memory_most = 1;
  const std::vector<mark> again = {{"person", "ann", true}, {"person", "bob", true}};
  EXPECT_EQ(run_pass(toy(), s, again, o).later, (std::vector<mark>{{"person", "bob", true}}));
  o.in_memory_most = 10;
  o.postpone = [](const function& f, const std::string&) { return f.name == "town"; };
  EXPECT_EQ(run_pass(toy(), s, again, o).postponed, (std::vector<mark>{{"town", "oslo", true}, {"town", "rome", true}}));
  auto circle = toy();
  circle.functions[1].changed = [](std::string_view, std::span<const change>, reader&, marks& m) { m.add("person", "ann"); };
  EXPECT_EQ(run_pass(circle, s, again).later, (std::vector<mark>{{"person", "ann", false}}));
}

TEST(pass, what_is_postponed_or_too_much_comes_back) {
  memory_store s;
  for (int i = 0; i < 10; ++i)
    s.add(moved("p" + std::to_string(i), "t" + std::to_string(i), 1));
  pass_options o;
  o.in_memory_most = 4;
  o.postpone = [](const function& f, const std::string& key) { return f.name == "town" && key == "t0"; };
  const auto marks = s.all_groups();
  const auto result = run_pass(toy(), s, marks, o);
  EXPECT_EQ(result.later.size(), 6u);
  EXPECT_EQ(result.postponed, (std::vector<mark>{{"town", "t0"}}));
}

TEST(pass, what_must_be_at_once_is_never_put_off) {
  memory_store s;
  for (int i = 0; i < 10; ++i)
    s.add(moved("p" + std::to_string(i), "t" + std::to_string(i), 1));
  auto g = toy();
  g.functions[1].at_once = true;
  pass_options o;
  o.in_memory_most = 4;
  o.postpone = [](const function& f, const std::string&) { return f.name == "town"; };
  const auto marks = s.all_groups();
  const auto result = run_pass(g, s, marks, o);
  EXPECT_EQ(result.later.size(), 6u);
  EXPECT_TRUE(result.postponed.empty());
  EXPECT_EQ(s.tables().at("towns").size(), 4u);
}

// Each thing that it read counts once, however often it asks.
TEST(pass, what_a_group_costs_is_what_it_read) {
  memory_store s;
  for (int i = 0; i < 600; ++i)
    s.add(moved("ann", "oslo", i));
  for (int i = 0; i < 500; ++i)
    s.add(moved("p" + std::to_string(i), "oslo", 1));
  drain(toy(), s, s.all_groups());
  auto g = toy();
  g.functions[0].derive = [](std::string_view key, reader& r, rows_out& out) {
    for (int n = 0; n < 3; ++n)
      r.facts("moved", key);
    if (key == "ann")
      r.rows(people, 1, "oslo");
    derive_person(key, r, out);
  };
  const std::vector<mark> marks = {{"moved", "ann"}, {"moved", "p1"}};
  const auto result = run_pass(g, s, marks);
  EXPECT_EQ(result.derived, (std::vector<mark>{{"person", "ann"}}));
  EXPECT_EQ(result.derived_cost, std::vector<std::uint64_t>{600 + 501});
}

TEST(pass, kilobytes_cost_as_much_as_facts) {
  memory_store s;
  for (int i = 0; i < 30; ++i)
    s.add(moved("ann", std::string(100 * 1024, 'x'), i));
  const auto marks = s.all_groups();
  const auto result = run_pass(toy(), s, marks);
  ASSERT_EQ(result.derived, (std::vector<mark>{{"person", "ann"}}));
  EXPECT_EQ(result.derived_cost, std::vector<std::uint64_t>{3000});
}

TEST(path, the_greatest_come_first) {
  memory_store s;
  table t = people;
  t.paths[1].most = 2;
  t.paths[1].greatest_first = 0;
  const std::vector<row> rows = {{"ann", "oslo"}, {"cid", "oslo"}, {"bob", "oslo"}, {"dan", "rome"}};
  s.write(t, {}, rows);
  const std::vector<std::string> asked = {"oslo"};
  EXPECT_EQ(s.rows(t, 1, asked), (std::vector<std::vector<row>>{{{"cid", "oslo"}, {"bob", "oslo"}}}));
}

TEST(key, parts_come_back_as_they_were) {
  for (const auto& parts : std::vector<std::vector<std::string>>{{"a/b", "c%2F", ""}, {"%", "/", "%25"}})
    EXPECT_EQ(split_key(join_key({parts[0], parts[1], parts[2]})), parts);
}

TEST(pass, a_sweep_goes_on_behind_any_stamp) {
  // Of a thousand facts some have stamps that end with any byte; each page of one begins behind another of them.
  static std::vector<std::string> seen;
  static const graph sweeping{.functions = {{.name = "sweep",
                                             .derive = [](std::string_view key, reader& r, rows_out& out) {
                                               const auto parts = split_key(key);
                                               const auto after = from_hex(parts.at(1));
                                               const auto& page = r.facts_after("moved", parts.at(0), after.value_or(""), 1);
                                               if (page.empty())
                                                 return;
                                               seen.emplace_back(page.front().text_or_empty("town"));
                                               out.mark().add("sweep", join_key({parts.at(0), to_hex(page.front().at.view())}));
                                             }}},
                              .triggers = {},
                              .tables = {}};
  memory_store s;
  for (int i = 0; i < 1000; ++i)
    s.add(moved("a/b\nc", "town" + std::to_string(i), i));
  seen.clear();
  drain(sweeping, s, {{"sweep", join_key({"a/b\nc", ""})}});
  const std::set<std::string> all(seen.begin(), seen.end());
  EXPECT_EQ(all.size(), 1000u);
}
