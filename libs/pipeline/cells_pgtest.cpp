// Cells of every type, references and ids, written to Postgres and read back: what does not differ is not written again.
#include "core/failure.hpp"
#include "fold/cells.hpp"
#include "pipeline/postgres_store.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

const table categories{.name = "categories", .columns = {{.name = "category"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
const table places{.name = "place_rows",
                   .columns = {{.name = "place"}, {.name = "rating", .type = column_type::decimal}, {.name = "weight", .type = column_type::decimal},
                               {.name = "names", .type = column_type::json}, {.name = "category"}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}, {.name = "rating", .columns = {1}}},
                   .references = {{.column = "category_id", .to = &categories, .columns = {4}}},
                   .id_name = "places"};

void derive_place(std::string_view key, reader& r, rows_out& out) {
  out.claim(places, 0, key);
  const auto& facts = r.facts("seen", key);
  if (facts.empty())
    return;
  const auto& last = facts.back();
  const auto text = [&](const char* field) { return last.text(field) ? cell(std::string(*last.text(field))) : cell(); };
  const auto decimal = [&](const char* field) { return last.text(field) ? canonical_decimal(*last.text(field)) : std::nullopt; };
  out.put(places, {std::string(key), decimal("rating"), decimal("weight"), text("names"), text("category")});
}

void derive_category(std::string_view key, reader& r, rows_out& out) {
  out.claim(categories, 0, key);
  if (r.has_facts("category_set", key))
    out.put(categories, {std::string(key)});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "place", .derive = derive_place}, {.name = "category", .derive = derive_category}},
                       .triggers = {{.kind = "seen", .function = "place"}, {.kind = "category_set", .function = "category"}},
                       .tables = {&places, &categories}};
  return g;
}

constexpr auto tables_sql = R"(
create table toy.place_rows (id uuid primary key, project_id uuid, account_scope_id uuid, place text collate "C", rating numeric, weight numeric(8,3),
                             names text check (names is null or names::json is not null), category text collate "C", category_id uuid);
create table toy.categories (id uuid primary key, project_id uuid, account_scope_id uuid, category text collate "C");)";

instant at(int s) { return {1'780'000'000'000'000 + s * second_us}; }

} // namespace

TEST(cells, come_back_as_they_were_written_and_are_not_written_again) {
  trial::toy_line line(toy(), tables_sql);
  line.say("seen", "p1", at(1), {{"rating", {"4.50"}}, {"weight", {"1.5e0"}}, {"names", {R"({ "b": 1, "a": [2.50] })"}}});
  line.say("seen", "p2", at(1), {});
  line.derive();
  EXPECT_EQ(line.rows("select place, rating, weight, names from toy.place_rows order by 1"),
            (lines{R"(p1|4.5|1.500|{ "b": 1, "a": [2.50] })", "p2|\\N|\\N|\\N"}));
  line.say("seen", "p1", at(0), {{"rating", {"1"}}});
  pipeline::deriver d(line.service());
  EXPECT_EQ(d.drain(line.sql()).functions.at("place").rows, 0u); // numeric(8,3) prints 1.500: the same
}

TEST(cells, rows_are_found_by_a_decimal) {
  trial::toy_line line(toy(), tables_sql);
  line.say("seen", "p1", at(1), {{"rating", {"4.50"}}});
  line.derive();
  auto t = line.sql().begin();
  pipeline::postgres_store store(line.service(), t, line.project_id(), pipeline::ids_of_project("acme/west").account_scope_id);
  const std::vector<std::string> asked = {"4.5", "4"};
  const auto found = store.rows(places, 1, asked);
  EXPECT_EQ(found[0], (std::vector<row>{{"p1", "4.5", {}, {}, {}}}));
  EXPECT_TRUE(found[1].empty());
}

TEST(references, name_their_row_before_it_is_there_and_follow_the_key) {
  trial::toy_line line(toy(), tables_sql);
  const std::string joined = "select place, c.category from toy.place_rows left join toy.categories c on c.id = category_id order by 1";
  line.say("seen", "p1", at(1), {{"category", {"c/1"}}});
  line.say("seen", "p2", at(1), {});
  line.derive();
  EXPECT_EQ(line.rows("select place, category_id is null from toy.place_rows order by 1"), (lines{"p1|f", "p2|t"}));
  EXPECT_EQ(line.rows(joined), (lines{"p1|\\N", "p2|\\N"}));
  line.say("category_set", "c/1", at(2), {});
  line.say("category_set", "c2", at(2), {});
  line.derive();
  EXPECT_EQ(line.rows(joined), (lines{"p1|c/1", "p2|\\N"}));
  line.say("seen", "p1", at(3), {{"category", {"c2"}}});
  line.derive();
  EXPECT_EQ(line.rows(joined), (lines{"p1|c2", "p2|\\N"}));
}

TEST(references, of_another_project_have_other_ids) {
  trial::toy_line line(toy(), tables_sql);
  for (const char* project : {"acme/west", "acme/east"})
    line.say("seen", "p1", at(1), {{"category", {"c1"}}}, project);
  line.derive();
  EXPECT_EQ(line.rows("select count(distinct id), count(distinct category_id) from toy.place_rows"), lines{"2|2"});
}

TEST(ids, are_those_of_the_table_that_they_are_known_by) {
  trial::toy_line line(toy(), tables_sql);
  line.say("seen", "p1", at(1), {});
  line.derive();
  const table known{.name = "places", .columns = {{.name = "place"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
  EXPECT_EQ(line.rows("select id from toy.place_rows"), lines{row_id(known, line.project_id(), {"p1"})});
  line.unsay("seen", "p1");
  line.derive();
  EXPECT_EQ(line.rows("select count(*) from toy.place_rows"), lines{"0"});
}
