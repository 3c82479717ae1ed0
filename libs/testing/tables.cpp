#include "testing/tables.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::trial {

std::vector<std::string> rows_of(postgres::connection& c, const std::string& sql) {
  const auto found = c.query(sql);
  std::vector<std::string> out;
  const auto columns = found.columns();
  for (std::size_t r = 0; r < found.size(); ++r) {
    std::string text;
    for (std::size_t n = 0; n < columns; ++n) {
      const auto cell = found.at(r, n);
      text += (n ? "|" : "") + (cell ? std::string(*cell) : std::string("\\N"));
    }
    out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> tables::dump(postgres::connection& c) {
  if (queries_.empty()) {
    const auto found = c.query(
        "select n.nspname, c.relname, (select string_agg(quote_ident(a.attname), ', ' order by a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0"
        " and not a.attisdropped and a.attname not in ('processed_at', 'at', 'since', 'set_at', 'outcome')) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema', 'millrace')"
        " and c.relname not in ('applied', 'marks', 'versions', 'outbox', 'now', 'project_clock', 'troubles_said')");
    for (std::size_t t = 0; t < found.size(); ++t)
      queries_.emplace_back(std::string(found.text(t, 0)) + "." + std::string(found.text(t, 1)),
                            "select " + std::string(found.text(t, 2)) + " from " + postgres::quote_name(found.text(t, 0)) + "." + postgres::quote_name(found.text(t, 1)));
  }
  std::vector<std::string> out;
  for (const auto& [name, sql] : queries_)
    for (auto& text : rows_of(c, sql))
      out.push_back(name + ": " + text);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> what_differs(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out, only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  for (const auto& l : only)
    out.push_back("- " + l);
  only.clear();
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only));
  for (const auto& l : only)
    out.push_back("+ " + l);
  return out;
}

} // namespace millrace::trial
