// Time on real Postgres: the service's now, each project's clock, deadlines as rows. A toy domain: leases that end.
#include "core/failure.hpp"
#include "pipeline/postgres_store.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

instant at(std::int64_t s) { return {1'780'000'000 * second_us + s * second_us}; }

const table jobs{.name = "jobs",
                 .columns = {{.name = "job"}, {.name = "state"}},
                 .key = {0},
                 .paths = {{.name = "key", .columns = {0}}, {.name = "state", .columns = {1}}}};
const table states{.name = "states", .columns = {{.name = "state"}, {.name = "jobs", .type = column_type::integer}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};

// A lease of a minute, from its fact on; "bad" is a bug as soon as it has ended.
void derive_job(std::string_view key, reader& r, rows_out& out) {
  out.claim(jobs, 0, key);
  const auto& facts = r.facts("leased", key);
  if (facts.empty())
    return;
  const instant ends{facts.back().time().us + 60 * second_us};
  if (r.now() < ends)
    out.wake(ends);
  else if (key == "bad")
    throw bug("it ends badly");
  out.put(jobs, {std::string(key), r.now() < ends ? "runs" : "ended"});
}

void job_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    for (const auto* r : {c.before, c.after})
      if (r)
        m.add("state", *(*r)[1]);
}

void derive_state(std::string_view key, reader& r, rows_out& out) {
  out.claim(states, 0, key);
  if (const auto n = r.rows(jobs, 1, key).size())
    out.put(states, {std::string(key), std::to_string(n)});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "job", .derive = derive_job, .changed = job_changed, .wakes = true}, {.name = "state", .derive = derive_state}},
                       .triggers = {{.kind = "leased", .function = "job"}},
                       .tables = {&jobs, &states}};
  return g;
}

struct time_of_projects : ::testing::Test {
  trial::toy_line line{toy(), R"(
    create table toy.jobs (id uuid primary key, project_id uuid, account_scope_id uuid, job text collate "C", state text collate "C");
    create table toy.states (id uuid primary key, project_id uuid, account_scope_id uuid, state text collate "C", jobs bigint);)"};

  void lease(const std::string& job, std::int64_t from, const std::string& project = "acme/west") { line.say("leased", job, at(from), {}, project); }
  void now_is(std::int64_t s) {
    line.sql().query("insert into toy.now (at) values ($1::timestamptz) on conflict (one) do update set at = excluded.at", {to_postgres(at(s))});
  }
  lines jobs_now(const std::string& project = "acme/west") {
    return line.rows("select job, state from toy.jobs where project_id = '" + line.project_id(project) + "' order by 1");
  }
  lines states_now() { return line.rows("select state, sum(jobs) from toy.states group by 1 order by 1"); }
  std::size_t deadlines() { return line.rows("select 1 from toy.deadlines").size(); }
  std::size_t waiting(postgres::connection& c) { return pipeline::deriver(line.service()).waiting_projects(c).size(); }
  lines clock(const std::string& project = "acme/west") {
    return line.rows("select extract(epoch from at)::bigint - 1780000000 from toy.project_clock where project_id = '" + line.project_id(project) + "'");
  }
};

} // namespace

TEST_F(time_of_projects, a_deadline_is_derived_when_the_clock_has_passed_it) {
  lease("a", 0);
  lease("b", 30);
  line.derive();
  EXPECT_EQ(jobs_now(), (lines{"a|runs", "b|runs"}));
  EXPECT_EQ(deadlines(), 2u);
  now_is(59);
  EXPECT_EQ(waiting(line.sql()), 0u);
  now_is(60);
  EXPECT_EQ(waiting(line.sql()), 1u);
  line.derive();
  EXPECT_EQ(jobs_now(), (lines{"a|ended", "b|runs"}));
  EXPECT_EQ(states_now(), (lines{"ended|1", "runs|1"}));
  EXPECT_EQ(deadlines(), 1u);
  EXPECT_EQ(waiting(line.sql()), 0u);
  now_is(1000);
  line.derive();
  EXPECT_EQ(jobs_now(), (lines{"a|ended", "b|ended"}));
  EXPECT_EQ(deadlines(), 0u);
}

// A fact marks the project while its clock is behind: the deadlines in between are derived in the same pass.
TEST_F(time_of_projects, a_group_that_wakes_and_is_marked_is_derived_once_at_one_time) {
  lease("a", 0);
  lease("b", 0);
  line.derive();
  now_is(60);
  lease("b", 10);
  pipeline::deriver d(line.service());
  const auto report = d.drain(line.sql());
  EXPECT_EQ(report.functions.at("job").groups, 2u);
  EXPECT_EQ(jobs_now(), (lines{"a|ended", "b|runs"}));
  EXPECT_EQ(clock(), lines{"60"});
}

TEST_F(time_of_projects, each_project_has_its_own_clock) {
  lease("a", 0, "acme/west");
  lease("a", 100, "acme/east");
  line.derive();
  now_is(70);
  lease("c", 70, "acme/east"); // only this one has something to do beside its deadlines
  pipeline::deriver d(line.service());
  d.pass(line.sql(), line.project_id("acme/east"));
  EXPECT_EQ(clock("acme/east"), lines{"70"});
  EXPECT_EQ(clock("acme/west"), lines());
  EXPECT_EQ(jobs_now("acme/west"), lines{"a|runs"}); // its mark is not even written: it waits as a deadline
  EXPECT_EQ(d.waiting_projects(line.sql()), lines{line.project_id("acme/west")});
  line.derive();
  EXPECT_EQ(jobs_now("acme/west"), lines{"a|ended"});
  EXPECT_EQ(jobs_now("acme/east"), (lines{"a|runs", "c|runs"}));
}

// Everything of the pass is gone, the woken groups stay marked.
TEST_F(time_of_projects, a_pass_that_is_rolled_back_leaves_nobody_asleep) {
  lease("a", 0);
  line.derive();
  now_is(60);
  for (const std::string crash : {"clock", "marks", "derived", "before_commit"}) {
    pipeline::deriver d(line.service());
    d.at_point = [&](std::string_view point) {
      if (point == crash)
        throw outage("crash at " + crash, true, "");
    };
    postgres::connection c(line.service().postgres, "test");
    EXPECT_THROW(d.drain(c), outage) << crash;
    EXPECT_EQ(jobs_now(), lines{"a|runs"}) << crash;
    EXPECT_EQ(waiting(line.sql()), 1u) << crash;
  }
  line.derive();
  EXPECT_EQ(jobs_now(), lines{"a|ended"});
}

TEST_F(time_of_projects, a_second_deriver_finds_the_project_busy_and_its_clock_untouched) {
  lease("a", 0);
  line.derive();
  now_is(60);
  pipeline::deriver first(line.service()), second(line.service());
  postgres::connection other(line.service().postgres, "test");
  bool asked = false;
  first.at_point = [&](std::string_view point) {
    if (point != "clock" && point != "derived")
      return;
    EXPECT_TRUE(second.pass(other, line.project_id()).busy) << point;
    EXPECT_EQ(other.query("select 1 from toy.project_clock").size(), point == "derived" ? 1u : 0u) << point;
    asked = true;
  };
  first.drain(line.sql());
  EXPECT_TRUE(asked);
  EXPECT_EQ(jobs_now(), lines{"a|ended"});
}

TEST_F(time_of_projects, whoever_wakes_into_a_bug_is_set_aside_and_the_others_go_on) {
  for (const char* job : {"bad", "good", "fine"})
    lease(job, 0);
  line.derive();
  now_is(60);
  EXPECT_THROW(line.derive(), bug);
  EXPECT_EQ(jobs_now(), (lines{"bad|runs", "fine|ended", "good|ended"}));
  EXPECT_EQ(line.rows("select function, key from toy.stuck_groups"), lines{"job|bad"});
  now_is(120);
  EXPECT_EQ(waiting(line.sql()), 0u); // it does not wake for ever
  lease("bad", 100);
  line.derive();
  EXPECT_EQ(jobs_now(), (lines{"bad|runs", "fine|ended", "good|ended"}));
  EXPECT_EQ(line.rows("select count(*) from toy.stuck_groups"), lines{"0"});
}

// More than one pass takes: the clock is moved first, then as many passes as it needs.
TEST_F(time_of_projects, a_thousand_that_wake_at_once_are_derived_pass_by_pass) {
  line.sql().script("insert into toy.projects values ('" + line.project_id() + "', '" + pipeline::ids_of_project("acme/west").account_scope_id + "', 'acme/west')");
  for (int n = 0; n < 50; ++n)
    lease("j" + std::to_string(n), 0);
  line.derive();
  auto few = line.service();
  few.marks_most = 7;
  now_is(60);
  pipeline::deriver d(few);
  const auto once = d.pass(line.sql(), line.project_id());
  EXPECT_EQ(once.marks, 7u);
  EXPECT_EQ(line.rows("select count(*) from toy.marks"), lines{"43"});
  d.drain(line.sql());
  EXPECT_EQ(states_now(), lines{"ended|50"});
  EXPECT_EQ(deadlines(), 0u);
}

TEST_F(time_of_projects, a_clock_never_goes_back) {
  lease("a", 0);
  now_is(100);
  line.derive();
  now_is(30); // nobody does that; if somebody did
  lease("b", 20);
  line.derive();
  EXPECT_EQ(jobs_now(), (lines{"a|ended", "b|ended"}));
  EXPECT_EQ(clock(), lines{"100"});
}
