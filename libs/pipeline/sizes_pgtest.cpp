// Large groups pay by their size: what they read decides how long they wait, and nobody waits for them.
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

const table sights{.name = "sights",
                   .columns = {{.name = "key"}, {.name = "n", .type = column_type::integer}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}}};

void derive_sight(std::string_view key, reader& r, rows_out& out) {
  out.claim(sights, 0, key);
  if (const auto n = r.facts("seen", key).size())
    out.put(sights, {std::string(key), std::to_string(n)});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "sight", .derive = derive_sight}}, .triggers = {{.kind = "seen", .function = "sight"}}, .tables = {&sights}};
  return g;
}

struct sizes : ::testing::Test {
  trial::toy_line line{toy(), R"(create table toy.sights (id uuid primary key, project_id uuid, account_scope_id uuid, key text collate "C", n bigint);)"};
  pipeline::deriver deriver{line.service()};

  // So many facts with so many bytes each, and one that marks the group.
  void see(const std::string& key, int facts, int bytes = 0) {
    line.sql().query("insert into toy.facts (project_id, account_scope_id, kind, key, stamp, event_id, account, received_at, fields)"
                     " select $1::uuid, $2::uuid, 'seen', $3, decode(lpad(to_hex(i), 50, '0'), 'hex'), gen_random_uuid(), 'toy:1', now(), json_build_object('said', repeat('x', $5::int))::text"
                     " from generate_series(2, $4::int) i",
                     {line.project_id(), pipeline::ids_of_project("acme/west").account_scope_id, key, std::to_string(facts), std::to_string(bytes)});
    again(key);
  }
  void again(const std::string& key) { line.say("seen", key, {++seconds_ * second_us}, {}); }
  lines rows() { return line.rows("select key, n from toy.sights order by 1"); }
  // What waits, and for how many seconds (rounded up).
  lines waiting() { return line.rows("select key, ceil(extract(epoch from due - clock_timestamp()))::int from toy.marks order by 1"); }
  std::int64_t seconds_ = 1'780'000'000;
};

} // namespace

TEST_F(sizes, a_group_of_many_facts_waits_a_second_for_each_thousand) {
  see("hot", 4500);
  see("small", 3);
  deriver.drain(line.sql());
  EXPECT_EQ(rows(), (lines{"hot|4500", "small|3"}));
  again("hot");
  again("small");
  deriver.drain(line.sql());
  EXPECT_EQ(rows(), (lines{"hot|4500", "small|4"}));
  EXPECT_EQ(waiting(), lines{"hot|5"});
}

TEST_F(sizes, few_facts_of_many_kilobytes_are_large_too) {
  see("fat", 20, 300 * 1024);
  deriver.drain(line.sql());
  again("fat");
  deriver.drain(line.sql());
  EXPECT_EQ(waiting(), lines{"fat|6"});
}

TEST_F(sizes, a_thousand_facts_do_not_wait_and_a_few_more_wait_as_long_as_they_cost) {
  see("most", 1000);
  see("over", 1001);
  deriver.drain(line.sql());
  line.unsay("seen", "most");
  again("over");
  deriver.drain(line.sql());
  EXPECT_EQ(rows(), lines{"over|1001"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (rows() != lines{"over|1002"} && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    deriver.drain(line.sql());
  }
  EXPECT_EQ(rows(), lines{"over|1002"});
}
