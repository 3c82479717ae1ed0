#include "core/failure.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

namespace {

// What a worker was seen at: several may have one time.
const table seen{.name = "seen",
                 .columns = {{.name = "worker"}, {.name = "place"}, {.name = "at", .type = column_type::integer}, {.name = "said"}, {.name = "live", .type = column_type::boolean}},
                 .key = {0, 1},
                 .paths = {{.name = "key", .columns = {0, 1}},
                           {.name = "by_time", .columns = {0}, .order = 2},
                           {.name = "live_by_time", .columns = {0}, .only_where = 4, .order = 2},
                           {.name = "all", .columns = {}, .order = 0},
                           {.name = "said", .columns = {0}, .order = 1, .contains = 3}}};
enum { by_time = 1, live_by_time, all, said };

using lines = std::vector<std::string>;

memory_store filled() {
  memory_store s;
  const std::vector<row> rows = {{"w", "a", "9", "one 50% off", "t"}, {"w", "b", "10", "two", "f"},       {"w", "c", "10", "one_two", "t"}, {"w", "d", "100", {}, "t"},
                                 {"w", "e", {}, "one", "t"},          {"x/y", "a", "10", "one/two", "t"}, {"x/y", "b", "-1", "two", "t"}};
  s.write(seen, {}, rows);
  return s;
}

lines page(memory_store& s, std::size_t path, const std::string& value, const std::string& after, std::size_t most, direction d = direction::forward) {
  const std::vector<row_page> asked = {{value, after}};
  lines out;
  const auto found = s.rows_after(seen, path, asked, most, d).front();
  for (const auto& r : found)
    out.push_back(*r[0] + ' ' + *r[1]);
  return out;
}

} // namespace

TEST(pages, go_by_the_order_column_then_by_the_key) {
  auto s = filled();
  EXPECT_EQ(page(s, by_time, "w", "", 10), (lines{"w a", "w b", "w c", "w d"})); // not bytewise: 9 before 10; e has no time
  EXPECT_EQ(page(s, by_time, "w", "", 2, direction::backward), (lines{"w d", "w c"}));
  EXPECT_EQ(page(s, by_time, "x/y", "", 10), (lines{"x/y b", "x/y a"}));
  EXPECT_EQ(page(s, live_by_time, "w", "", 10), (lines{"w a", "w c", "w d"}));
  EXPECT_EQ(page(s, by_time, "nobody", "", 10), lines());
  EXPECT_EQ(page(s, by_time, "w", "", 0), lines());
}

TEST(pages, behind_a_value_lie_greater_ones_and_behind_a_row_its_equals_too) {
  auto s = filled();
  EXPECT_EQ(page(s, by_time, "w", position_at("10"), 10), (lines{"w d"}));
  EXPECT_EQ(page(s, by_time, "w", position_at("10"), 10, direction::backward), (lines{"w a"}));
  const row b = {"w", "b", "10", {}, {}}, c = {"w", "c", "10", {}, {}};
  EXPECT_EQ(page(s, by_time, "w", position_of(seen, seen.paths[by_time], b), 10), (lines{"w c", "w d"}));
  EXPECT_EQ(page(s, by_time, "w", position_of(seen, seen.paths[by_time], c), 10, direction::backward), (lines{"w b", "w a"}));
}

TEST(pages, one_after_another_bring_every_row_once) {
  auto s = filled();
  for (const auto d : {direction::forward, direction::backward})
    for (std::size_t most = 1; most < 8; ++most) {
      lines walked;
      for (std::string after;;) {
        const std::vector<row_page> asked = {{"", after}};
        const auto rows = s.rows_after(seen, all, asked, most, d).front();
        for (const auto& r : rows)
          walked.push_back(*r[0] + ' ' + *r[1]);
        if (rows.size() < most)
          break;
        after = position_of(seen, seen.paths[all], rows.back());
      }
      lines expected = {"w a", "w b", "w c", "w d", "w e", "x/y a", "x/y b"};
      if (d == direction::backward)
        std::reverse(expected.begin(), expected.end());
      EXPECT_EQ(walked, expected) << most;
    }
}

TEST(pages, a_text_is_looked_for_as_it_is_written) {
  auto s = filled();
  EXPECT_EQ(page(s, said, join_key({"w", "one"}), "", 10), (lines{"w a", "w c", "w e"}));
  EXPECT_EQ(page(s, said, join_key({"w", "one"}), position_at("a"), 1), (lines{"w c"}));
  EXPECT_EQ(page(s, said, join_key({"w", "0% o"}), "", 10), (lines{"w a"}));
  EXPECT_EQ(page(s, said, join_key({"w", "e_t"}), "", 10), (lines{"w c"}));
  EXPECT_EQ(page(s, said, join_key({"w", "One"}), "", 10), lines());
  EXPECT_EQ(page(s, said, join_key({"x/y", "e/t"}), "", 10), (lines{"x/y a"}));
  EXPECT_EQ(page(s, said, join_key({"w", ""}), "", 10), (lines{"w a", "w b", "w c", "w e"})); // whoever says anything
}

TEST(pages, what_does_not_fit_is_a_bug) {
  auto s = filled();
  EXPECT_THROW(page(s, 0, join_key({"w", "a"}), "", 1), bug);
  EXPECT_THROW(page(s, by_time, "w", "10/b/c", 1), bug);
  EXPECT_THROW(page(s, said, "w", "", 1), bug);
  const std::vector<std::string> asked = {"w"};
  EXPECT_THROW(s.rows(seen, said, asked), bug);
  EXPECT_THROW(position_of(seen, seen.paths[by_time], {"w", "e", {}, {}, {}}), bug);
}

namespace {

// `step` says of each row of `line_of` how far the one before it is; `mover` writes those rows in the same pass.
const table stones{.name = "stones",
                   .columns = {{.name = "stone", .type = column_type::integer}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}, {.name = "all", .columns = {}, .order = 0}}};
const table steps{.name = "steps", .columns = {{.name = "stone"}, {.name = "before"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};

const graph& toy() {
  static const graph g{
      .functions = {{.name = "stone",
                     .derive = [](std::string_view key, reader& r, rows_out& out) {
                       out.claim(stones, 0, key);
                       if (r.has_facts("laid", key))
                         out.put(stones, {std::string(key)});
                     },
                     .changed = [](std::string_view key, std::span<const change>, reader& r, marks& m) {
                       m.add("step", key);
                       for (const auto& next : r.rows_after(stones, 1, "", position_at(key), 1))
                         m.add("step", *next[0]);
                     }},
                    {.name = "step",
                     .derive = [](std::string_view key, reader& r, rows_out& out) {
                       out.claim(steps, 0, key);
                       if (!r.first(stones, 0, key))
                         return;
                       const auto& before = r.rows_after(stones, 1, "", position_at(key), 1, direction::backward);
                       out.put(steps, {std::string(key), before.empty() ? cell() : before.front()[0]});
                     }}},
      .triggers = {{.kind = "laid", .function = "stone"}},
      .tables = {&stones, &steps}};
  return g;
}

fact laid(const std::string& stone) {
  fact f;
  f.kind = "laid";
  f.key = stone;
  f.event_id = stone;
  f.at = stamp::make({second_us}, false, stone, f.kind, f.key, 0);
  return f;
}

} // namespace

TEST(pages, show_rows_that_an_earlier_function_wrote_in_this_pass) {
  memory_store s;
  for (const char* stone : {"9", "100", "-5"})
    s.add(laid(stone));
  drain(toy(), s, s.all_groups());
  s.add(laid("20"));
  drain(toy(), s, {{"laid", "20"}});
  EXPECT_EQ(s.dump(), (lines{"steps\t-5\t\\N", "steps\t100\t20", "steps\t20\t9", "steps\t9\t-5", "stones\t-5", "stones\t100", "stones\t20", "stones\t9"}));
  drain(toy(), s, s.remove_event("9"));
  EXPECT_EQ(s.dump(), (lines{"steps\t-5\t\\N", "steps\t100\t20", "steps\t20\t-5", "stones\t-5", "stones\t100", "stones\t20"}));
}
