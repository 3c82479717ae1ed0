#include "fold/graph.hpp"

#include <algorithm>

namespace millrace::fold {

void rows_out::claim(const table& t, std::size_t path, std::string_view value) {
  claims_.push_back({&t, path, std::string(value)});
}

void rows_out::put(const table& t, row r) { rows_.push_back({&t, std::move(r)}); }

void rows_out::find(std::string_view kind, std::string_view subject, std::string_view detail) {
  findings_.push_back({std::string(kind), std::string(subject), std::string(detail)});
}

std::size_t graph::index_of(std::string_view name) const {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const function& f) { return f.name == name; });
  return found == functions.end() ? std::string::npos : static_cast<std::size_t>(found - functions.begin());
}

void graph::add(const graph& more) {
  functions.insert(functions.end(), more.functions.begin(), more.functions.end());
  triggers.insert(triggers.end(), more.triggers.begin(), more.triggers.end());
  tables.insert(tables.end(), more.tables.begin(), more.tables.end());
  tallies.insert(tallies.end(), more.tallies.begin(), more.tallies.end());
}

const table& findings_table() {
  static const table findings{
      .name = "findings",
      .columns = {{.name = "function"}, {.name = "group_key"}, {.name = "kind"}, {.name = "subject"}, {.name = "detail"}},
      .key = {0, 1, 2, 3},
      .paths = {{.name = "key", .columns = {0, 1, 2, 3}}, {.name = "group", .columns = {0, 1}}},
  };
  return findings;
}

const table& deadlines_table() {
  static const table deadlines{
      .name = "deadlines",
      .columns = {{.name = "function"}, {.name = "group_key"}, {.name = "due", .type = column_type::timestamp}},
      .key = {0, 1},
      .paths = {{.name = "key", .columns = {0, 1}}},
  };
  return deadlines;
}

} // namespace millrace::fold
