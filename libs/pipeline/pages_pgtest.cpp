// Pages of rows, as Postgres reads them: the same as in memory, whatever is asked, and by their index.
#include "fold/memory_store.hpp"
#include "pipeline/postgres_store.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace millrace;
using namespace millrace::fold;

namespace {

const table seen{.name = "sightings",
                 .columns = {{.name = "worker"}, {.name = "place"}, {.name = "n", .type = column_type::integer}, {.name = "at", .type = column_type::timestamp},
                             {.name = "rate", .type = column_type::decimal}, {.name = "said"}, {.name = "live", .type = column_type::boolean}},
                 .key = {0, 1},
                 .paths = {{.name = "key", .columns = {0, 1}},
                           {.name = "by_n", .columns = {0}, .order = 2},
                           {.name = "by_time", .columns = {0}, .order = 3},
                           {.name = "by_rate", .columns = {0}, .only_where = 6, .order = 4},
                           {.name = "by_said", .columns = {}, .order = 5},
                           {.name = "all", .columns = {}, .order = 0},
                           {.name = "contains", .columns = {}, .order = 1, .contains = 5},
                           {.name = "worker_contains", .columns = {0}, .order = 2, .contains = 5},
                           {.name = "walked", .columns = {}, .most = 4, .order = 1, .contains = 5},
                           {.name = "worker_walked", .columns = {0}, .most = 2, .order = 2, .contains = 5}}};

const graph& toy() {
  static const graph g{.functions = {{.name = "nothing", .derive = [](std::string_view, reader&, rows_out&) {}}}, .triggers = {}, .tables = {&seen}};
  return g;
}

constexpr auto tables_sql = R"(
create table toy.sightings (id uuid primary key, project_id uuid, account_scope_id uuid, worker text collate "C", place text collate "C", n bigint, at timestamptz,
                       rate numeric(8,3), said text collate "C", live boolean);
create index sightings_by_n on toy.sightings (worker, project_id, n, place);
create index sightings_all on toy.sightings (project_id, worker, place);)";

struct world {
  std::mt19937_64 random{std::random_device{}()};
  std::size_t below(std::size_t n) { return random() % n; }
  std::string one_of(std::initializer_list<const char*> of) { return *(of.begin() + static_cast<std::ptrdiff_t>(below(of.size()))); }
  row any() {
    const auto maybe = [&](std::string text) { return below(6) == 0 ? cell() : cell(std::move(text)); };
    return {one_of({"w", "x/y", "W"}),
            one_of({"a", "b", "B", "a/b", "c%", "ä", "10", "9"}),
            maybe(one_of({"-20", "-3", "0", "9", "10", "100"})),
            maybe(to_postgres({1'780'000'000'000'000 + static_cast<std::int64_t>(below(5)) * 300'000})),
            maybe(one_of({"-1.5", "0", "0.05", "0.5", "9", "10.25"})),
            maybe(one_of({"one two", "50% off", "a_b", R"(back\slash)", "", "two/three", "One"})),
            maybe(one_of({"t", "f"}))};
  }
};

} // namespace

TEST(pages, of_postgres_are_those_in_memory) {
  trial::toy_line line(toy(), tables_sql);
  world w;
  line.say("nothing", "", {second_us}, {}); // the project is known
  auto t = line.sql().begin();
  t.script(std::string(pipeline::plan_by_indexes));
  pipeline::postgres_store postgres(line.service(), t, line.project_id(), pipeline::ids_of_project("acme/west").account_scope_id);
  memory_store memory;
  std::vector<row> rows;
  std::set<std::pair<cell, cell>> keys;
  for (int n = 0; n < 40; ++n)
    if (auto r = w.any(); keys.emplace(r[0], r[1]).second)
      rows.push_back(std::move(r));
  memory.write(seen, {}, rows);
  postgres.write(seen, {}, rows);
  const auto& p = seen.paths;
  for (int n = 0; n < 400; ++n) {
    const auto path = 1 + w.below(p.size() - 1);
    const auto d = w.below(2) == 0 ? direction::forward : direction::backward;
    const auto most = w.below(6);
    std::vector<row_page> asked;
    for (std::size_t pages = 1 + w.below(4); pages > 0; --pages) {
      const auto like = w.any();
      const auto needle = w.one_of({"two", "0%", "_", R"(k\s)", "One", "", "o/t", "nothing"});
      const bool contains = p[path].contains != std::string::npos;
      row_page page{contains && p[path].columns.empty() ? needle
                    : contains                          ? join_key({*like[0], needle})
                    : p[path].columns.empty()           ? ""
                                                        : *like[0],
                    ""};
      const auto& at = like[p[path].order];
      if (at && w.below(3) > 0)
        page.after = w.below(2) == 0 ? position_at(*at) : position_of(seen, p[path], like);
      asked.push_back(std::move(page));
    }
    EXPECT_EQ(postgres.rows_after(seen, path, asked, most, d), memory.rows_after(seen, path, asked, most, d))
        << p[path].name << " value " << asked[0].value << " after " << asked[0].after << " most " << most;
  }
}

TEST(pages, of_another_project_are_not_seen) {
  trial::toy_line line(toy(), tables_sql);
  for (const char* project : {"acme/west", "acme/east"}) {
    line.say("nothing", "", {second_us}, {}, project);
    auto t = line.sql().begin();
    pipeline::postgres_store store(line.service(), t, line.project_id(project), pipeline::ids_of_project(project).account_scope_id);
    const std::vector<row> rows = {{"w", project, "1", {}, {}, "said", {}}};
    store.write(seen, {}, rows);
    const std::vector<row_page> asked = {{"w", ""}}, needle = {{"said", ""}};
    EXPECT_EQ(store.rows_after(seen, 1, asked, 10, direction::forward).front(), rows);
    EXPECT_EQ(store.rows_after(seen, 6, needle, 10, direction::forward).front(), rows);
    t.commit();
  }
}

// Who goes on from the last row of each page until there is none comes by every row once, whatever it looks for: so a walk costs as many
// rows as there are, and a page of it no more than it may look at.
TEST(pages, of_a_walk_look_at_each_row_once) {
  trial::toy_line line(toy(), tables_sql);
  const auto project = line.project_id();
  line.say("nothing", "", {second_us}, {});
  constexpr std::int64_t all = 3000;
  line.sql().query("insert into toy.sightings select gen_random_uuid(), $1::uuid, $2::uuid, 'w', lpad(i::text, 6, '0'), i, now(), 1, case when i % 3 = 0 then 'often' else 'two' end, true"
                   " from generate_series(1, $3::int) i",
                   {project, pipeline::ids_of_project("acme/west").account_scope_id, std::to_string(all)});
  line.sql().script("create index sightings_walked on toy.sightings (project_id, place, worker)");
  auto t = line.sql().begin();
  t.script(std::string(pipeline::plan_by_indexes));
  pipeline::postgres_store store(line.service(), t, project, project);
  const auto read = [&] { return t.query("select pg_stat_get_xact_tuples_fetched('toy.sightings'::regclass)").integer(0, 0); };
  const std::size_t walked = 8;
  ASSERT_EQ(seen.paths[walked].name, "walked");
  for (const auto* text : {"often", "two", "nowhere"}) {
    const auto before = read();
    std::size_t found = 0, pages = 0;
    for (std::string after;; ++pages) {
      const std::vector<row_page> asked = {{text, after}};
      const auto rows = store.rows_after(seen, walked, asked, 100, direction::forward).front();
      if (rows.empty())
        break;
      for (const auto& r : rows)
        found += r[5] == text;
      after = position_of(seen, seen.paths[walked], rows.back());
    }
    EXPECT_EQ(found, std::string_view(text) == "often" ? 1000u : std::string_view(text) == "two" ? 2000u : 0u);
    EXPECT_LE(pages, static_cast<std::size_t>(all) / 2) << text;
    EXPECT_LE(read() - before, all + static_cast<std::int64_t>(2 * seen.paths[walked].most)) << text;
  }
}

// A page costs its rows, not those of the table: what lies before it is not read.
TEST(pages, are_read_by_their_index) {
  trial::toy_line line(toy(), tables_sql);
  const auto project = line.project_id();
  line.say("nothing", "", {second_us}, {});
  line.sql().query("insert into toy.sightings select gen_random_uuid(), $1::uuid, $2::uuid, 'w', lpad(i::text, 6, '0'), i, now(), 1, 'said', true from generate_series(1, 20000) i",
                   {project, pipeline::ids_of_project("acme/west").account_scope_id});
  auto t = line.sql().begin();
  t.script(std::string(pipeline::plan_by_indexes));
  pipeline::postgres_store store(line.service(), t, project, project);
  const auto blocks = [&] { return t.query("select pg_stat_get_xact_tuples_fetched('toy.sightings'::regclass)").integer(0, 0); };
  const auto before = blocks();
  for (const auto* after : {"15000", "15000/015000"})
    for (const auto d : {direction::forward, direction::backward}) {
      const std::vector<row_page> asked = {{"w", after}};
      const auto rows = store.rows_after(seen, 1, asked, 3, d).front();
      ASSERT_EQ(rows.size(), 3u);
      EXPECT_EQ(rows.front()[2], d == direction::forward ? "15001" : "14999");
    }
  const std::vector<row_page> asked = {{"", "w/015000"}};
  EXPECT_EQ(store.rows_after(seen, 5, asked, 1, direction::backward).front().front()[2], "14999");
  EXPECT_LE(blocks() - before, 20);
}
