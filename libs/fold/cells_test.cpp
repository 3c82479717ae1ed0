#include "core/failure.hpp"
#include "fold/cells.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

TEST(decimal, has_one_form) {
  for (const auto& [written, canonical] : std::vector<std::pair<std::string, std::string>>{
           {"0", "0"},          {"-0", "0"},          {"0.000", "0"},     {"-0e9", "0"},        {"1", "1"},
           {"+1", "1"},         {"007", "7"},         {"1.50", "1.5"},    {"-1.0", "-1"},       {".5", "0.5"},
           {"5.", "5"},         {"1e3", "1000"},      {"1.25E+1", "12.5"}, {"125e-4", "0.0125"}, {"-100e-2", "-1"},
           {"24.7136000", "24.7136"}, {"12345678901234567890.10", "12345678901234567890.1"}, {"0e99999999999999999999", "0"}})
    EXPECT_EQ(canonical_decimal(written), canonical) << written;
}

TEST(decimal, what_is_no_number_or_has_no_end_is_none) {
  for (const char* written : {"", "-", ".", "e5", "1e", "1e+", "1.2.3", "1 ", " 1", "0x1", "NaN", "Infinity", "1e400", "1e-400", "--1", "1,5"})
    EXPECT_EQ(canonical_decimal(written), std::nullopt) << written;
}

TEST(cells, numbers_stand_by_value_and_the_rest_bytewise) {
  const std::vector<std::string> numbers = {"-100", "-20.5", "-20", "-0.5", "0", "0.05", "0.5", "0.51", "9", "9.5", "10", "100.01"};
  for (std::size_t a = 0; a < numbers.size(); ++a)
    for (std::size_t b = 0; b < numbers.size(); ++b)
      EXPECT_EQ(compare_cells(column_type::decimal, numbers[a], numbers[b]), a <=> b) << numbers[a] << ' ' << numbers[b];
  EXPECT_TRUE(compare_cells(column_type::integer, "10", "9") > 0);
  EXPECT_TRUE(compare_cells(column_type::text, "10", "9") < 0);
  EXPECT_TRUE(compare_cells(column_type::timestamp, "2026-01-01 00:00:00+00", "2026-01-01 00:00:00.5+00") < 0);
}

namespace {

const table categories{.name = "categories", .columns = {{.name = "category"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
const table tiles{.name = "tiles", .columns = {{.name = "provider"}, {.name = "tile"}}, .key = {0, 1}, .paths = {{.name = "key", .columns = {0, 1}}}};
const table places{.name = "place_rows",
                   .columns = {{.name = "place"}, {.name = "rating", .type = column_type::decimal}, {.name = "names", .type = column_type::json}, {.name = "category"}, {.name = "provider"}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}},
                   .references = {{.column = "category_id", .to = &categories, .columns = {3}}, {.column = "tile_id", .to = &tiles, .columns = {4, 0}}},
                   .id_name = "places"};

const graph& toy() {
  static const graph g{.functions = {{.name = "place",
                                      .derive = [](std::string_view key, reader& r, rows_out& out) {
                                        out.claim(places, 0, key);
                                        for (const auto& f : r.facts("seen", key))
                                          out.put(places, {std::string(key), std::string(f.text_or_empty("rating")), std::string(f.text_or_empty("names")), {}, {}});
                                      }}},
                       .triggers = {{.kind = "seen", .function = "place"}},
                       .tables = {&places}};
  return g;
}

pass_result pass_of(memory_store& s, const std::string& rating, const std::string& names) {
  fact f;
  f.kind = "seen";
  f.key = "p" + rating + names;
  f.at = stamp::make({second_us}, false, f.key, f.kind, f.key, 0);
  f.fields = {{"rating", {rating}}, {"names", {names}}};
  s.add(f);
  const std::vector<mark> marks = {{"seen", f.key}};
  return run_pass(toy(), s, marks);
}

} // namespace

TEST(cells, a_group_whose_cells_could_not_come_back_as_they_were_is_stuck) {
  memory_store s;
  EXPECT_TRUE(pass_of(s, "4.5", R"({"ar":"x"})").stuck.empty());
  EXPECT_EQ(pass_of(s, "4.50", "[]").why, std::vector<std::string>{"place_rows.rating is no canonical decimal: 4.50"});
  EXPECT_EQ(pass_of(s, "4", "[1,").why, std::vector<std::string>{"place_rows.names is no JSON text: [1,"});
  EXPECT_EQ(s.tables().at("place_rows").size(), 1u);
}

TEST(ids, are_those_of_the_table_that_they_are_known_by) {
  const std::string project = "00000000-0000-0000-0000-000000000001";
  auto plain = places;
  plain.name = "places";
  plain.id_name.clear();
  const row r = {"p1", "1", "[]", "c1", "osm"};
  EXPECT_EQ(row_id(places, project, r), row_id(plain, project, r));
  plain.name = "place_rows";
  EXPECT_NE(row_id(places, project, r), row_id(plain, project, r));
}

TEST(references, show_the_id_of_the_row_that_they_name_and_nothing_without_a_name) {
  const std::string project = "00000000-0000-0000-0000-000000000001";
  const row r = {"a/b", "1", "[]", "c/1", "osm"}, without = {"a/b", "1", "[]", {}, {}};
  EXPECT_EQ(referenced_id(places.references[0], project, r), row_id(categories, project, {"c/1"}));
  EXPECT_EQ(referenced_id(places.references[1], project, r), row_id(tiles, project, {"osm", "a/b"}));
  EXPECT_EQ(referenced_id(places.references[0], project, without), std::nullopt);
  EXPECT_EQ(referenced_id(places.references[1], project, without), std::nullopt);
  EXPECT_THROW(referenced_id({.column = "x", .to = &tiles, .columns = {0}}, project, r), bug);
}
