#include "pipeline/projection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

// In the name of project "a" unless the field `project` says otherwise.
account_fact said(const std::string& kind, std::int64_t at, const std::string& field = {}, const std::string& value = {}) {
  account_fact f;
  f.said.fields["project"] = {std::string("a")};
  f.said.kind = kind;
  f.said.key = "ghl:loc1";
  f.received = {at};
  f.said.at = stamp::make({at}, false, kind + std::to_string(at) + value, kind, value, 0);
  if (!field.empty())
    f.said.fields[field] = {value};
  return f;
}

std::string project_at(const projection& p, std::int64_t t) {
  const auto& i = at(p.intervals, {t});
  return i.held ? "held" : i.project;
}

} // namespace

TEST(projection, the_first_binding_reaches_back_and_a_later_one_does_not) {
  const auto p = project({said("binding", 10, "project", "a"), said("unbinding", 20), said("binding", 30, "project", "b")});
  EXPECT_EQ(project_at(p, 1), "a");
  EXPECT_EQ(project_at(p, 19), "a");
  EXPECT_EQ(project_at(p, 20), "");
  EXPECT_EQ(project_at(p, 29), "");
  EXPECT_EQ(project_at(p, 30), "b");
}

TEST(projection, a_binding_while_another_is_in_force_is_refused) {
  const auto p = project({said("binding", 10, "project", "a"), said("binding", 15, "project", "b")});
  EXPECT_EQ(project_at(p, 16), "a");
  ASSERT_EQ(p.already_bound.size(), 1u);
  EXPECT_EQ(p.already_bound[0].project, "b");
}

TEST(projection, a_quarantine_holds_what_comes_after_it_until_its_release_frees_all) {
  auto facts = std::vector{said("binding", 10, "project", "a"), said("quarantine_account", 20)};
  EXPECT_EQ(project_at(project(facts), 25), "held");
  EXPECT_EQ(project_at(project(facts), 19), "a");
  facts.push_back(said("release_account", 30));
  EXPECT_EQ(project_at(project(facts), 25), "a");
}

TEST(projection, erasures_are_for_ever_and_quarantined_events_are_released) {
  auto p = project({said("quarantine", 1, "event_id", "k1"), said("quarantine", 2, "event_id", "k2"), said("release", 3, "event_id", "k1")});
  EXPECT_EQ(p.held_events, (std::set<std::string>{"k2"}));
}

TEST(projection, the_order_of_arrival_does_not_matter) {
  std::vector<account_fact> facts = {said("binding", 10, "project", "a"), said("unbinding", 20), said("binding", 30, "project", "b"),
                                     said("binding", 35, "project", "c"), said("quarantine_account", 40, "project", "b"),
                                     said("release_account", 50, "project", "b"), said("unbinding", 60, "project", "b"), said("unbinding", 55)};
  const auto whole = project(facts).intervals;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    std::shuffle(facts.begin(), facts.end(), random);
    ASSERT_EQ(project(facts).intervals, whole) << "shuffle " << i;
  }
}

TEST(projection, another_projects_commands_change_nothing_and_are_noted) {
  const std::vector<account_fact> own = {said("binding", 10, "project", "a")};
  for (const auto* kind : {"unbinding", "quarantine_account", "quarantine", "erase"}) {
    auto facts = own;
    facts.push_back(said(kind, 20, "project", "b"));
    facts.back().said.fields["event_id"] = {std::string("k1")};
    const auto p = project(facts);
    EXPECT_EQ(project_at(p, 25), "a") << kind;
    EXPECT_TRUE(p.held_events.empty() && p.erased.empty()) << kind;
    ASSERT_EQ(p.foreign.size(), 1u) << kind;
    EXPECT_EQ(p.foreign[0].project, "b");
    EXPECT_EQ(p.foreign[0].in_force, "a");
  }
}

TEST(projection, a_project_erases_what_it_has_had) {
  auto facts = std::vector{said("binding", 10, "project", "a"), said("unbinding", 20), said("erase", 30)};
  EXPECT_EQ(project(facts).erased.size(), 1u);
}

TEST(projection, another_projects_release_frees_nothing) {
  const auto p = project({said("binding", 10, "project", "a"), said("quarantine_account", 20), said("release_account", 30, "project", "b")});
  EXPECT_EQ(project_at(p, 35), "held");
}
