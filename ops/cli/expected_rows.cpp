#include "expected_rows.hpp"

#include "core/format.hpp"

#include <charconv>

namespace millrace::cli {
namespace {

std::string text_of(const json::value& v, std::string_view name) {
  const auto m = v.member(name);
  return m ? std::string(m->text()) : std::string();
}

} // namespace

std::string expected_row::sql() const {
  using postgres::quote_literal;
  using postgres::quote_name;
  std::string sql = "select count(*) from " + quote_name(schema) + "." + quote_name(table);
  std::string_view joint = " where ";
  for (const auto& [column, value] : where) {
    sql += joint;
    sql += quote_name(column) + (value ? "::text = " + quote_literal(*value) : " is null");
    joint = " and ";
  }
  return sql;
}

std::string expected_row::text() const {
  std::string text = schema + "." + table;
  for (const auto& [column, value] : where)
    text += format("  {}={}", column, value.value_or("null"));
  return text;
}

std::vector<expected_row> read_expected_rows(const json::file& f, std::vector<fault>& faults) {
  std::vector<expected_row> all;
  const auto list = f.root().member("expected");
  if (!list || !list->is(json::kind::array)) {
    faults.push_back(bad("missing_key", f.place(""), "{\"expected\": [ … ]} is expected"));
    return all;
  }
  std::size_t i = 0;
  for (const json::value v : list->children()) {
    const std::string pointer = format("/expected/{}", i++);
    expected_row e;
    e.about = text_of(v, "about");
    const std::string place = text_of(v, "table");
    const std::size_t dot = place.find('.');
    const auto where = v.member("where");
    if (dot == std::string::npos || (where && !where->is(json::kind::object))) {
      faults.push_back(bad("bad_value", f.place(pointer), "{\"table\": \"schema.table\", \"where\": {\"column\": \"text\"}} is expected"));
      continue;
    }
    e.schema = place.substr(0, dot);
    e.table = place.substr(dot + 1);
    if (where)
      for (const json::value m : where->children())
        e.where.emplace_back(m.name(), m.is(json::kind::null) ? std::nullopt : std::optional<std::string>(m.text()));
    if (const auto rows = v.member("rows")) {
      std::int64_t n = 0;
      const std::string_view digits = rows->text();
      std::from_chars(digits.data(), digits.data() + digits.size(), n);
      e.rows = n;
    }
    all.push_back(std::move(e));
  }
  return all;
}

} // namespace millrace::cli
