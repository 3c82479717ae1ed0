// A pass reads one state of the facts, whatever is recorded while it runs, and none older than what the pass before it
// wrote. A toy domain: the pulls at a rope, looked at from both its ends.
#include "core/failure.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

std::function<void()> between_the_ends; // called once, when one end is read and the other is not

const table ropes{.name = "ropes",
                  .columns = {{.name = "rope"}, {.name = "near", .type = column_type::integer}, {.name = "far", .type = column_type::integer}},
                  .key = {0},
                  .paths = {{.name = "key", .columns = {0}}}};

void derive_rope(std::string_view key, reader& r, rows_out& out) {
  out.claim(ropes, 0, key);
  const auto near = r.facts("pulled", key).size();
  if (near == 0)
    return;
  if (const auto now = std::exchange(between_the_ends, nullptr))
    now();
  out.put(ropes, {std::string(key), std::to_string(near), std::to_string(r.facts_after("pulled", key, "", 100).size())});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "rope", .derive = derive_rope}}, .triggers = {{.kind = "pulled", .function = "rope"}}, .tables = {&ropes}};
  return g;
}

struct snapshot : ::testing::Test {
  trial::toy_line line{toy(), R"(
    create table toy.ropes (id uuid primary key, project_id uuid, account_scope_id uuid, rope text collate "C", near bigint, far bigint);)"};
  postgres::connection elsewhere{line.service().postgres, "test/elsewhere"};
  pipeline::deriver one{line.service()}, another{line.service()};
  std::int64_t second = 1'780'000'000;

  void pull() { line.say("pulled", "a", {++second * second_us}, {}); }
  lines rows() { return line.rows("select rope, near, far from toy.ropes order by 1"); }
};

} // namespace

TEST_F(snapshot, what_is_recorded_during_a_pass_is_seen_whole_by_the_next) {
  pull();
  between_the_ends = [&] { pull(); };
  one.pass(line.sql(), line.project_id());
  EXPECT_EQ(rows(), lines{"a|1|1"});
  EXPECT_EQ(line.rows("select count(*) from toy.marks"), lines{"1"});
  one.drain(line.sql());
  EXPECT_EQ(rows(), lines{"a|2|2"});
}

// Each pass has the project before it has its view of it: what the pass before wrote is in that view.
TEST_F(snapshot, a_pass_begins_with_what_another_derivers_pass_wrote) {
  pull();
  bool busy = false;
  one.at_point = [&](std::string_view point) {
    if (point == "before_commit") {
      busy = another.pass(elsewhere, line.project_id()).busy;
      pull();
    }
  };
  EXPECT_FALSE(one.pass(line.sql(), line.project_id()).busy);
  EXPECT_TRUE(busy);
  EXPECT_EQ(rows(), lines{"a|1|1"});
  EXPECT_FALSE(another.pass(elsewhere, line.project_id()).busy);
  EXPECT_EQ(rows(), lines{"a|2|2"});
}

TEST_F(snapshot, a_pass_that_fails_gives_the_project_back) {
  pull();
  one.at_point = [](std::string_view point) {
    if (point == "before_commit")
      throw outage("a crash", true, "");
  };
  EXPECT_THROW(one.pass(line.sql(), line.project_id()), outage);
  EXPECT_FALSE(another.pass(elsewhere, line.project_id()).busy);
  EXPECT_EQ(rows(), lines{"a|1|1"});
}

// A session that is gone in the middle of a pass leaves no lock: nobody waits for it.
TEST_F(snapshot, a_session_that_is_gone_holds_no_project) {
  pull();
  postgres::connection doomed{line.service().postgres, "test/doomed"};
  one.at_point = [&](std::string_view point) {
    if (point == "before_commit")
      elsewhere.query("select pg_terminate_backend($1::int, 10000)", {std::to_string(doomed.backend_pid())});
  };
  EXPECT_THROW(one.pass(doomed, line.project_id()), outage);
  EXPECT_FALSE(another.pass(elsewhere, line.project_id()).busy);
  EXPECT_EQ(rows(), lines{"a|1|1"});
}
