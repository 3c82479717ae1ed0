#include "fold/graph_check.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

namespace {

void nothing(std::string_view, reader&, rows_out&) {}

const table good_table{.name = "people",
                       .columns = {{.name = "person"}, {.name = "lives", .type = column_type::boolean}},
                       .key = {0},
                       .paths = {{.name = "key", .columns = {0}}, {.name = "living", .columns = {0}, .only_where = 1}}};

graph good() {
  return {.functions = {{.name = "person", .derive = nothing}, {.name = "town", .derive = nothing}},
          .triggers = {{.kind = "moved", .function = "person"}, {.kind = "moved", .function = "town"}, {.kind = "died", .function = "person"}},
          .tables = {&good_table}};
}

std::vector<std::string> faults_of(const graph& g, const std::vector<std::string>& kinds = {}) {
  std::vector<std::string> out;
  for (const auto& f : check_graph("toy", g, kinds))
    out.push_back(f.code + " | " + f.place + " | " + f.detail.substr(0, f.detail.find(':')));
  return out;
}

using lines = std::vector<std::string>;

} // namespace

TEST(graph_check, a_good_graph_has_no_fault) { EXPECT_EQ(faults_of(good(), {"moved", "spoke"}), lines()); }

TEST(graph_check, all_faults_are_told_at_once_each_with_its_place) {
  auto g = good();
  g.functions.push_back({.name = "moved", .derive = nothing}); // named as a kind that a trigger knows
  g.functions.push_back({.name = "spoke", .derive = nothing}); // … and as one that is only read
  g.functions.push_back({.name = "town", .derive = nothing});
  g.functions.push_back({.name = "idle", .derive = nullptr});
  g.triggers.push_back({.kind = "died", .function = "funeral"});
  EXPECT_EQ(faults_of(g, {"spoke"}), (lines{"name_of_a_kind | toy: function moved | a fact kind has this name", "name_of_a_kind | toy: function spoke | a fact kind has this name",
                                            "function_twice | toy: function town | marks find a function by its name", "no_derive | toy: function idle | has nothing to derive with",
                                            "no_such_function | toy: trigger died -> funeral | no function has this name"}));
}

TEST(graph_check, a_table_reads_by_its_key_first_and_by_columns_that_it_has) {
  auto g = good();
  const table wrong{.name = "towns",
                    .columns = {{.name = "town"}, {.name = "town"}},
                    .key = {1},
                    .paths = {{.name = "key", .columns = {0}}, {.name = "key", .columns = {2}}, {.name = "only", .columns = {0}, .only_where = 1}}};
  const table counted{.name = "houses",
                      .columns = {{.name = "number", .type = column_type::integer}, {.name = "person"}},
                      .key = {0},
                      .paths = {{.name = "key", .columns = {0}}},
                      .references = {{.column = "owner_id", .to = &good_table, .columns = {1}}, {.column = "person", .to = &good_table, .columns = {0}}}};
  const table keyless{.name = "dust", .columns = {{.name = "grain"}}, .key = {}, .paths = {}};
  g.tables = {&wrong, &counted, &keyless};
  EXPECT_EQ(faults_of(g), (lines{"bad_table | toy: table towns | has two columns town", "bad_table | toy: table towns | has two paths key",
                                 "bad_table | toy: table towns | path key names columns that are not there",
                                 "bad_table | toy: table towns | path only asks whether town is true, which is no boolean",
                                 "bad_table | toy: table towns | path 0 must be its natural key", "bad_table | toy: table houses | reference person does not fit the key of people",
                                 "bad_table | toy: table houses | has two columns person", "bad_table | toy: table dust | path 0 must be its natural key"}));
}
