#include "fold/pages.hpp"

#include "core/failure.hpp"
#include "fold/cells.hpp"

#include <algorithm>

namespace millrace::fold {

namespace {

constexpr auto none = std::string::npos;

void need_order(const table& t, const path& p) {
  if (p.order == none)
    throw bug("path " + p.name + " of " + t.name + " has no order: it has no pages");
}

bool has_place(const table& t, const path& p, const row& r) {
  const auto columns = order_columns(t, p);
  return std::all_of(columns.begin(), columns.end(), [&](std::size_t c) { return r[c].has_value(); });
}

} // namespace

std::string position_at(std::string_view value) { return join_key({value}); }

std::string position_of(const table& t, const path& p, const row& r) {
  need_order(t, p);
  if (!has_place(t, p, r))
    throw bug("a row of " + t.name + " has no place on path " + p.name);
  std::string out;
  for (const auto c : order_columns(t, p))
    out += (out.empty() && c == p.order ? "" : "/") + join_key({*r[c]});
  return out;
}

std::vector<std::size_t> order_columns(const table& t, const path& p) {
  std::vector<std::size_t> out = {p.order};
  for (const auto c : t.key)
    if (c != p.order && std::find(p.columns.begin(), p.columns.end(), c) == p.columns.end())
      out.push_back(c);
  return out;
}

std::vector<std::string> asked_parts(const table& t, const path& p, std::string_view value) {
  const auto wanted = p.columns.size() + (p.contains == none ? 0 : 1);
  if (wanted == 1)
    return {std::string(value)};
  auto parts = wanted == 0 && value.empty() ? std::vector<std::string>() : split_key(value);
  if (parts.size() != wanted)
    throw bug("path " + p.name + " of " + t.name + " does not fit the value " + std::string(value));
  return parts;
}

std::vector<std::string> position_parts(const table& t, const path& p, std::string_view after) {
  if (after.empty())
    return {};
  auto parts = split_key(after);
  if (parts.size() != 1 && parts.size() != order_columns(t, p).size())
    throw bug("path " + p.name + " of " + t.name + " has no position " + std::string(after));
  return parts;
}

bool on_page(const table& t, const path& p, const row_page& asked, direction d, const row& r) {
  need_order(t, p);
  if (!has_place(t, p, r) || (p.only_where != none && r[p.only_where] != "t"))
    return false;
  const auto parts = asked_parts(t, p, asked.value);
  for (std::size_t i = 0; i < p.columns.size(); ++i)
    if (r[p.columns[i]] != parts[i])
      return false;
  if (p.contains != none && (!r[p.contains] || r[p.contains]->find(parts.back()) == std::string::npos))
    return false;
  const auto columns = order_columns(t, p);
  const auto after = position_parts(t, p, asked.after);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto order = compare_cells(t.columns[columns[i]].type, *r[columns[i]], after[i]);
    if (order != 0)
      return d == direction::forward ? order > 0 : order < 0;
  }
  return after.empty();
}

bool stands_before(const table& t, const path& p, direction d, const row& a, const row& b) {
  for (const auto c : order_columns(t, p)) {
    const auto order = compare_cells(t.columns[c].type, *a[c], *b[c]);
    if (order != 0)
      return d == direction::forward ? order < 0 : order > 0;
  }
  return false;
}

} // namespace millrace::fold
