// Totals kept by what rows add, against totals counted anew: random histories in which two functions write one table and
// two tables add to one total.
#include "core/failure.hpp"
#include "fold/graph_check.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

// Parcels lie in a town; `parcel` writes those that were sent, `found` those that were found without a sender, into one table.
const table parcels{.name = "parcels",
                    .columns = {{.name = "parcel"}, {.name = "town"}, {.name = "weight", .type = column_type::integer}},
                    .key = {0},
                    .paths = {{.name = "key", .columns = {0}}}};
const table towns{.name = "towns", .columns = {{.name = "town"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
const table sums{.name = "sums",
                 .columns = {{.name = "town"}, {.name = "what"}, {.name = "n", .type = column_type::integer}},
                 .key = {0, 1},
                 .paths = {{.name = "key", .columns = {0, 1}}}};

void derive_sent(std::string_view key, reader& r, rows_out& out) {
  out.claim(parcels, 0, key);
  if (const auto& facts = r.facts("sent", key); !facts.empty())
    out.put(parcels, {std::string(key), std::string(facts.back().text_or_empty("town")), std::string(facts.back().text_or_empty("weight"))});
}

// What nobody sent lies where it was found; a later sending takes it over.
void derive_found(std::string_view key, reader& r, rows_out& out) {
  if (r.has_facts("sent", key))
    return;
  out.claim(parcels, 0, key);
  if (const auto& facts = r.facts("found", key); !facts.empty())
    out.put(parcels, {std::string(key), std::string(facts.back().text_or_empty("town")), "0"});
}

void derive_town(std::string_view key, reader& r, rows_out& out) {
  out.claim(towns, 0, key);
  if (r.has_facts("founded", key))
    out.put(towns, {std::string(key)});
}

void parcel_adds(const row& r, tally_sums& to) {
  to.add({r[1], "parcels"}, 1);
  to.add({r[1], "weight"}, std::stoll(*r[2]));
  to.add({"everywhere", "parcels"}, 1);
}

const graph& toy() {
  static const graph g{.functions = {{.name = "parcel", .derive = derive_sent}, {.name = "finding", .derive = derive_found}, {.name = "town", .derive = derive_town}},
                       .triggers = {{.kind = "sent", .function = "parcel"}, {.kind = "sent", .function = "finding"}, {.kind = "found", .function = "finding"}, {.kind = "founded", .function = "town"}},
                       .tables = {&parcels, &towns, &sums},
                       .tallies = {{.totals = &sums, .of = &parcels, .adds = parcel_adds},
                                   {.totals = &sums, .of = &towns, .adds = [](const row& r, tally_sums& to) { to.add({r[0], "towns"}, 1); to.add({"everywhere", "towns"}, 1); }}}};
  return g;
}

fact said(const std::string& kind, const std::string& key, std::int64_t at, const std::string& town = {}, const std::string& weight = "0") {
  fact f;
  f.kind = kind;
  f.key = key;
  f.event_id = kind + key + std::to_string(at);
  f.at = stamp::make({at * second_us}, false, f.event_id, kind, key, 0);
  f.fields = {{"town", {town}}, {"weight", {weight}}};
  return f;
}

lines sums_of(const memory_store& s) {
  auto all = s.dump();
  std::erase_if(all, [](const std::string& l) { return !l.starts_with("sums\t"); });
  return all;
}

} // namespace

TEST(tally, follows_rows_that_come_change_and_go) {
  memory_store s;
  for (const auto& f : {said("sent", "p1", 1, "oslo", "5"), said("sent", "p2", 1, "oslo", "7"), said("founded", "oslo", 1)})
    s.add(f);
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(sums_of(s), (lines{"sums\teverywhere\tparcels\t2", "sums\teverywhere\ttowns\t1", "sums\toslo\tparcels\t2", "sums\toslo\ttowns\t1", "sums\toslo\tweight\t12"}));
  s.add(said("sent", "p2", 2, "rome", "1"));
  drain(toy(), s, {{"sent", "p2"}});
  EXPECT_EQ(sums_of(s), (lines{"sums\teverywhere\tparcels\t2", "sums\teverywhere\ttowns\t1", "sums\toslo\tparcels\t1", "sums\toslo\ttowns\t1", "sums\toslo\tweight\t5",
                               "sums\trome\tparcels\t1", "sums\trome\tweight\t1"}));
  s.add(said("sent", "p2", 1, "late"));
  drain(toy(), s, {{"sent", "p2"}});
  drain(toy(), s, s.remove_event("sentp12"));
  drain(toy(), s, s.remove_event("sentp11"));
  drain(toy(), s, s.remove_event("foundedoslo1"));
  EXPECT_EQ(sums_of(s), (lines{"sums\teverywhere\tparcels\t1", "sums\trome\tparcels\t1", "sums\trome\tweight\t1"})); // what is 0 has no row
}

// A total whose sum happens to be 0 while rows still add to it, and one that passes through 0.
TEST(tally, a_sum_of_nothing_is_no_row_and_comes_back) {
  memory_store s;
  s.add(said("sent", "p1", 1, "oslo", "5"));
  s.add(said("sent", "p2", 1, "oslo", "-5"));
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(sums_of(s), (lines{"sums\teverywhere\tparcels\t2", "sums\toslo\tparcels\t2"}));
  s.add(said("sent", "p2", 2, "oslo", "-9"));
  drain(toy(), s, {{"sent", "p2"}});
  EXPECT_EQ(sums_of(s), (lines{"sums\teverywhere\tparcels\t2", "sums\toslo\tparcels\t2", "sums\toslo\tweight\t-4"}));
}

TEST(tally, kept_is_counted_anew_in_any_history) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  memory_store s;
  std::vector<mark> marks;
  std::vector<std::string> events;
  for (std::size_t step = 0; step < 3000; ++step) {
    if (below(4) == 0 && !events.empty()) {
      const auto back = s.remove_event(events[below(events.size())]);
      marks.insert(marks.end(), back.begin(), back.end());
    } else {
      const std::string kind = std::vector<std::string>{"sent", "found", "founded"}[below(3)], town = "t" + std::to_string(below(3));
      const auto f = said(kind, kind == "founded" ? town : "p" + std::to_string(below(5)), static_cast<std::int64_t>(below(50)), town, std::to_string(below(9)));
      s.add(f);
      events.push_back(f.event_id);
      marks.push_back({f.kind, f.key});
    }
    if (below(3) > 0)
      continue;
    std::shuffle(marks.begin(), marks.end(), random);
    const std::vector<mark> taken(marks.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, marks.size())), marks.end());
    if (below(4) == 0) { // rolled back
      auto lost = s;
      run_pass(toy(), lost, taken);
      continue;
    }
    marks.resize(marks.size() - taken.size());
    const auto result = run_pass(toy(), s, taken);
    marks.insert(marks.end(), result.later.begin(), result.later.end());
    ASSERT_TRUE(result.stuck.empty());
    ASSERT_EQ(sums_of(s), s.count_anew(toy())) << "seed " << seed << " step " << step;
  }
}

TEST(tally, its_totals_are_the_engines) {
  auto g = toy();
  g.functions[2].derive = [](std::string_view key, reader&, rows_out& out) { out.put(sums, {std::string(key), "x", "1"}); };
  memory_store s;
  const std::vector<mark> marks = {{"town", "oslo"}};
  EXPECT_EQ(run_pass(g, s, marks).why, lines{"town says rows of sums, which is tallied"});
  g.functions[2].derive = [](std::string_view key, reader&, rows_out& out) { out.claim(sums, 0, join_key({key, "x"})); };
  EXPECT_EQ(run_pass(g, s, marks).why, lines{"town claims rows of sums, which is tallied"});
}

TEST(tally, a_slip_in_its_description_is_told) {
  EXPECT_TRUE(check_graph("toy", toy(), {}).empty());
  auto g = toy();
  g.tallies.push_back({.totals = &towns, .of = &sums, .adds = parcel_adds});
  g.tables.pop_back();
  lines told;
  for (const auto& f : check_graph("toy", g, {}))
    told.push_back(f.place + ": " + f.detail);
  EXPECT_EQ(told, (lines{"toy: tally sums of parcels: sums is not among the graph's tables", "toy: tally sums of towns: sums is not among the graph's tables",
                         "toy: tally sums of towns: totals of totals are not kept", "toy: tally towns of sums: sums is not among the graph's tables",
                         "toy: tally towns of sums: totals have the columns of their key, then one integer", "toy: tally towns of sums: totals of totals are not kept"}));
}
