// Totals on real Postgres: in the transaction of the rows, counted anew by `verify_tallies`, begun by `migrate`.
#include "core/failure.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/tallies.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

instant at(std::int64_t s) { return {1'780'000'000 * second_us + s * second_us}; }

const table parcels{.name = "parcels",
                    .columns = {{.name = "parcel"}, {.name = "town"}, {.name = "weight", .type = column_type::integer}},
                    .key = {0},
                    .paths = {{.name = "key", .columns = {0}}}};
const table sums{.name = "sums",
                 .columns = {{.name = "town"}, {.name = "what"}, {.name = "n", .type = column_type::integer}},
                 .key = {0, 1},
                 .paths = {{.name = "key", .columns = {0, 1}}}};

void derive_parcel(std::string_view key, reader& r, rows_out& out) {
  out.claim(parcels, 0, key);
  if (const auto& facts = r.facts("sent", key); !facts.empty())
    out.put(parcels, {std::string(key), std::string(facts.back().text_or_empty("town")), std::string(facts.back().text_or_empty("weight"))});
}

void parcel_adds(const row& r, tally_sums& to) {
  to.add({r[1], "parcels"}, 1);
  to.add({r[1], "weight"}, std::stoll(*r[2]));
}

graph without_tally() {
  return {.functions = {{.name = "parcel", .derive = derive_parcel}}, .triggers = {{.kind = "sent", .function = "parcel"}}, .tables = {&parcels, &sums}};
}
graph with_tally(int version = 1) {
  auto g = without_tally();
  g.tallies = {{.totals = &sums, .of = &parcels, .adds = parcel_adds, .version = version}};
  return g;
}

constexpr auto tables_sql = R"(
create table toy.parcels (id uuid primary key, project_id uuid not null, account_scope_id uuid not null, parcel text collate "C", town text collate "C", weight bigint);
create table toy.sums (id uuid primary key, project_id uuid not null, account_scope_id uuid not null, town text collate "C", what text collate "C", n bigint not null);)";
const std::string sums_sql = "select town, what, sum(n) from toy.sums group by 1, 2 order by 1, 2";

void send(trial::toy_line& line, const std::string& parcel, std::int64_t when, const std::string& town, int weight, const std::string& project = "acme/west") {
  line.say("sent", parcel, at(when), {{"town", {town}}, {"weight", {std::to_string(weight)}}}, project);
}

} // namespace

TEST(tallies, follow_the_rows_of_each_project) {
  const auto g = with_tally();
  trial::toy_line line(g, tables_sql);
  send(line, "p1", 1, "oslo", 5);
  send(line, "p2", 1, "oslo", 7);
  send(line, "p1", 1, "oslo", 9, "acme/east");
  line.derive();
  EXPECT_EQ(line.rows(sums_sql), (lines{"oslo|parcels|3", "oslo|weight|21"}));
  EXPECT_EQ(line.rows("select count(*) from toy.sums"), lines{"4"});
  send(line, "p2", 2, "rome", 1);
  line.unsay("sent", "p1", "acme/east");
  line.derive();
  EXPECT_EQ(line.rows(sums_sql), (lines{"oslo|parcels|1", "oslo|weight|5", "rome|parcels|1", "rome|weight|1"}));
  EXPECT_EQ(line.rows("select count(*) from toy.sums where n = 0"), lines{"0"});
  EXPECT_TRUE(pipeline::verify_tallies(line.sql(), line.service()).empty());
}

TEST(tallies, of_a_pass_that_is_rolled_back_are_not_added) {
  const auto g = with_tally();
  trial::toy_line line(g, tables_sql);
  std::mt19937_64 random(std::random_device{}());
  for (int n = 0; n < 60; ++n) {
    send(line, "p" + std::to_string(random() % 7), n, "t" + std::to_string(random() % 2), static_cast<int>(random() % 9));
    if (n % 10 == 9)
      line.unsay("sent", "p" + std::to_string(random() % 7));
    pipeline::deriver d(line.service());
    const auto crash = n % 3 == 0;
    d.at_point = [&](std::string_view point) {
      if (crash && point == "before_commit")
        throw outage("crash", true, "");
    };
    postgres::connection c(line.service().postgres, "test");
    try {
      d.drain(c);
    } catch (const outage&) {
    }
    EXPECT_TRUE(pipeline::verify_tallies(line.sql(), line.service()).empty()) << n;
  }
}

TEST(tallies, verify_names_what_is_wrong) {
  const auto g = with_tally();
  trial::toy_line line(g, tables_sql);
  send(line, "p1", 1, "oslo", 5);
  send(line, "p2", 1, "rome", 7);
  line.derive();
  line.sql().script("update toy.sums set n = 6 where town = 'oslo' and what = 'weight'; delete from toy.sums where town = 'rome' and what = 'parcels';"
                    "insert into toy.sums select gen_random_uuid(), project_id, account_scope_id, 'bonn', 'parcels', 3 from toy.sums limit 1");
  lines told;
  for (const auto& w : pipeline::verify_tallies(line.sql(), line.service()))
    told.push_back(w.table + " " + w.key + " " + std::to_string(w.is) + " " + std::to_string(w.should_be) + (w.project_id == line.project_id() ? "" : " ?"));
  EXPECT_EQ(told, (lines{"sums bonn/parcels 3 0", "sums oslo/weight 6 5", "sums rome/parcels 0 1"}));
}

// Rows were there before; and a meaning that changed is counted anew, also one that is no more.
TEST(tallies, begin_with_the_rows_that_are_there) {
  const auto none = without_tally(), first = with_tally(), next = with_tally(2);
  trial::toy_line line(none, tables_sql);
  for (int n = 0; n < 30; ++n)
    send(line, "p" + std::to_string(n), 1, "oslo", 2, n % 3 == 0 ? "acme/east" : "acme/west");
  line.derive();
  EXPECT_EQ(line.rows(sums_sql), lines());
  auto domain = *line.service().domains.front();
  auto service = line.service();
  service.domains = {&domain};
  const auto deploy = [&](const graph& g) {
    domain.graph = &g;
    EXPECT_FALSE(pipeline::pending_work(line.sql(), service).empty());
    pipeline::migrate(line.sql(), std::span(&service, 1));
    EXPECT_TRUE(pipeline::pending_work(line.sql(), service).empty());
  };
  deploy(first);
  EXPECT_EQ(line.rows(sums_sql), (lines{"oslo|parcels|30", "oslo|weight|60"}));
  EXPECT_TRUE(pipeline::verify_tallies(line.sql(), service).empty());
  line.sql().script("update toy.sums set n = n + 1");
  deploy(next);
  EXPECT_EQ(line.rows(sums_sql), (lines{"oslo|parcels|30", "oslo|weight|60"}));
  EXPECT_EQ(line.rows("select count(distinct project_id) from toy.sums"), lines{"2"});
}
