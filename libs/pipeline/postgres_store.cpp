#include "pipeline/postgres_store.hpp"

#include "core/failure.hpp"
#include "fold/cells.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace millrace::pipeline {

using postgres::array;

namespace {

constexpr std::string_view fact_columns = "kind, key, stamp, event_id, account, fields";

// Keeps the planner from turning a look-up by each key into one scan of a table that it believes to be small.
constexpr std::string_view one_by_one = " offset 0";

std::string sql_type(fold::column_type t) {
  switch (t) {
  case fold::column_type::text: return "text";
  case fold::column_type::integer: return "bigint";
  case fold::column_type::boolean: return "boolean";
  case fold::column_type::timestamp: return "timestamptz";
  case fold::column_type::uuid: return "uuid";
  case fold::column_type::decimal: return "numeric";
  case fold::column_type::json: return "text";
  }
  throw bug("a column type without a name");
}

std::unordered_map<std::string_view, std::size_t> places(std::span<const std::string> keys) {
  std::unordered_map<std::string_view, std::size_t> out;
  for (std::size_t i = 0; i < keys.size(); ++i)
    out.emplace(keys[i], i);
  return out;
}

// As derivations write it: numeric(8,3) prints zeros that say nothing.
fold::cell cell_from(fold::column_type type, std::string_view printed) {
  if (type != fold::column_type::decimal)
    return std::string(printed);
  auto canonical = fold::canonical_decimal(printed);
  if (!canonical)
    throw bug("Postgres holds a number that is no decimal cell: " + std::string(printed.substr(0, 60)));
  return canonical;
}

// A column as it is compared and ordered: texts bytewise.
std::string in_order(const fold::column& c) {
  const bool text = c.type == fold::column_type::text || c.type == fold::column_type::json;
  return "t." + postgres::quote_name(c.name) + (text ? " collate \"C\"" : "");
}

// What `like` takes to find the text itself, anywhere.
std::string pattern_of(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '%';
}

} // namespace

fold::row row_from(const fold::table& t, const postgres::rows& rows, std::size_t r, std::size_t first) {
  fold::row cells(t.columns.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    if (const auto v = rows.at(r, first + c))
      cells[c] = cell_from(t.columns[c].type, *v);
  return cells;
}

std::string column_list(const fold::table& t, std::string_view prefix) {
  std::string out;
  for (const auto& c : t.columns)
    out += (out.empty() ? "" : ", ") + std::string(prefix) + postgres::quote_name(c.name);
  return out;
}

fold::fact fact_from(const postgres::rows& rows, std::size_t r, std::size_t first) {
  fold::fact f;
  f.kind = rows.text(r, first);
  f.key = rows.text(r, first + 1);
  f.at = stamp::from_bytes(postgres::from_bytea(rows.text(r, first + 2)));
  f.event_id = rows.text(r, first + 3);
  f.account = rows.text(r, first + 4);
  f.fields = fields_from_json(rows.text(r, first + 5));
  return f;
}

std::vector<std::vector<fold::fact>> postgres_store::facts(std::string_view kind, std::span<const std::string> keys) {
  std::vector<std::vector<fold::fact>> out(keys.size());
  if (keys.empty())
    return out;
  const auto where = places(keys);
  const auto [first, last] = std::minmax_element(keys.begin(), keys.end());
  // Of most kinds nobody ever said a thing of any of these keys: one look between the first and the last tells.
  const auto rows = transaction_.query("select f.* from unnest($3::text[]) k cross join lateral (select " + std::string(fact_columns) + " from " +
                                           service_.own("facts") + " where project_id = $1::uuid and kind = $2 and key = k order by stamp" +
                                           std::string(one_by_one) + ") f where exists (select from " + service_.own("facts") +
                                           " where project_id = $1::uuid and kind = $2 and key between $4 and $5)",
                                       {project_, kind, array(keys), *first, *last});
  for (std::size_t r = 0; r < rows.size(); ++r)
    out[where.at(rows.text(r, 1))].push_back(fact_from(rows, r));
  return out;
}

std::vector<bool> postgres_store::has_facts(std::string_view kind, std::span<const std::string> keys) {
  std::vector<bool> out(keys.size());
  const auto where = places(keys);
  // Not "where exists": that may become a join that reads all facts of the kind.
  const auto rows = transaction_.query("select k from unnest($3::text[]) k cross join lateral (select from " + service_.own("facts") +
                                           " f where f.project_id = $1::uuid and f.kind = $2 and f.key = k limit 1) f",
                                       {project_, kind, array(keys)});
  for (std::size_t r = 0; r < rows.size(); ++r)
    out[where.at(rows.text(r, 0))] = true;
  return out;
}

// A loose scan: from each key to the next, however many facts a key has.
std::vector<std::string> postgres_store::fact_keys(std::string_view kind, std::string_view after, std::size_t most) {
  const auto next = "(select f.key from " + service_.own("facts") + " f where f.project_id = $1::uuid and f.kind = $2 and f.key > ";
  const auto rows = transaction_.query("with recursive k(key, n) as (select " + next + "$3 order by f.key limit 1), 1 union all select " + next +
                                           "k.key order by f.key limit 1), k.n + 1 from k where k.key is not null and k.n < $4::int)"
                                           " select key from k where key is not null",
                                       {project_, kind, after, std::to_string(most)});
  std::vector<std::string> out;
  for (std::size_t r = 0; r < rows.size(); ++r)
    out.emplace_back(rows.text(r, 0));
  return out;
}

std::vector<fold::fact> postgres_store::facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                                    std::size_t most) {
  const auto rows = transaction_.query("select " + std::string(fact_columns) + " from " + service_.own("facts") +
                                           " where project_id = $1::uuid and kind = $2 and key = $3 and stamp > $4::bytea order by stamp limit $5::int",
                                       {project_, kind, key, postgres::bytea(after_stamp), std::to_string(most)});
  std::vector<fold::fact> out;
  for (std::size_t r = 0; r < rows.size(); ++r)
    out.push_back(fact_from(rows, r));
  return out;
}

std::vector<std::vector<fold::row>> postgres_store::rows(const fold::table& t, std::size_t path, std::span<const std::string> values) {
  const auto& p = t.paths.at(path);
  if (p.contains != std::string::npos || p.columns.empty())
    throw bug("path " + p.name + " of " + t.name + " is read in pages only");
  // One array per column of the path; several columns come joined in one value.
  std::vector<std::vector<std::string>> parts(p.columns.size());
  for (const auto& v : values) {
    if (p.columns.size() == 1) {
      parts[0].push_back(v);
      continue;
    }
    auto split = fold::split_key(v);
    if (split.size() != p.columns.size())
      throw bug("path " + p.name + " of " + t.name + " does not fit the value " + v);
    for (std::size_t i = 0; i < split.size(); ++i)
      parts[i].push_back(std::move(split[i]));
  }
  std::string unnest, equal;
  std::vector<std::string> arrays;
  for (std::size_t i = 0; i < p.columns.size(); ++i) {
    const auto& column = t.columns[p.columns[i]];
    unnest += (i ? ", $" : "$") + std::to_string(i + 2) + "::" + sql_type(column.type) + "[]";
    equal += " and t." + postgres::quote_name(column.name) + " = v.c" + std::to_string(i);
    arrays.push_back(array(parts[i]));
  }
  std::string names;
  for (std::size_t i = 0; i < p.columns.size(); ++i)
    names += (i ? ", c" : "c") + std::to_string(i);
  const auto order = p.greatest_first == std::string::npos
                         ? std::string()
                         : " order by t." + postgres::quote_name(t.columns[p.greatest_first].name) + " collate \"C\" desc";
  const auto only = p.only_where == std::string::npos ? std::string() : " and t." + postgres::quote_name(t.columns[p.only_where].name);
  const auto inner = "select " + column_list(t, "t.") + " from " + service_.place(t) + " t where t.project_id = $1::uuid" + equal + only + order;
  const auto sql = "select r.* from unnest(" + unnest + ") v(" + names + ") cross join lateral (" + inner +
                   (p.most > 0 ? " limit " + std::to_string(p.most) : std::string(one_by_one)) + ") r";
  std::vector<postgres::value> parameters = {project_};
  parameters.insert(parameters.end(), arrays.begin(), arrays.end());
  const auto found = transaction_.query(sql, parameters);

  std::vector<std::vector<fold::row>> out(values.size());
  const auto where = places(values);
  for (std::size_t r = 0; r < found.size(); ++r) {
    auto cells = row_from(t, found, r);
    const auto value = fold::path_value(t, p, cells);
    const auto place = value ? where.find(*value) : where.end();
    if (place == where.end())
      throw bug("path " + p.name + " of " + t.name + " brought a row that it does not name");
    out[place->second].push_back(std::move(cells));
  }
  return out;
}

// One statement for all keys, in their order. Only the deriver of this project writes them, under its lock.
void postgres_store::add(const fold::table& totals, std::span<const fold::row> more) {
  std::vector<std::string> ids;
  std::vector<std::vector<std::string>> cells(totals.columns.size());
  for (const auto& r : more) {
    ids.push_back(fold::row_id(totals, project_, r));
    for (std::size_t c = 0; c < cells.size(); ++c)
      cells[c].push_back(r[c].value());
  }
  std::vector<std::string> arrays = {array(ids)};
  std::string types = "$3::uuid[]";
  for (std::size_t c = 0; c < cells.size(); ++c) {
    arrays.push_back(array(cells[c]));
    types += ", $" + std::to_string(c + 4) + "::" + sql_type(totals.columns[c].type) + "[]";
  }
  std::vector<postgres::value> parameters = {project_, scope_};
  parameters.insert(parameters.end(), arrays.begin(), arrays.end());
  const auto place = service_.place(totals), sum = postgres::quote_name(totals.columns.back().name);
  transaction_.query("insert into " + place + " as t (project_id, account_scope_id, id, " + column_list(totals) + ") select $1::uuid, $2::uuid, m.* from unnest(" +
                         types + ") m on conflict (id) do update set " + sum + " = t." + sum + " + excluded." + sum,
                     parameters);
  transaction_.query("delete from " + place + " where id = any($1::uuid[]) and " + sum + " = 0", {arrays.front()});
}

std::vector<std::vector<fold::row>> postgres_store::rows_after(const fold::table& t, std::size_t path, std::span<const fold::row_page> pages,
                                                               std::size_t most, fold::direction d) {
  const auto& p = t.paths.at(path);
  if (p.order == std::string::npos)
    throw bug("path " + p.name + " of " + t.name + " has no order: it has no pages");
  std::set<std::size_t> sizes;
  for (const auto& page : pages)
    sizes.insert(fold::position_parts(t, p, page.after).size());
  std::vector<std::vector<fold::row>> out(pages.size());
  for (const auto size : sizes)
    add_pages(t, p, pages, size, most, d, out);
  return out;
}

void postgres_store::add_pages(const fold::table& t, const fold::path& p, std::span<const fold::row_page> pages, std::size_t after_parts,
                               std::size_t most, fold::direction d, std::vector<std::vector<fold::row>>& out) {
  const bool contains = p.contains != std::string::npos;
  const auto places = fold::order_columns(t, p);
  const auto asked = p.columns.size() + (contains ? 1 : 0);
  std::vector<std::vector<std::string>> parts(1 + asked + after_parts); // the page's number, what it asks for, behind what
  for (std::size_t n = 0; n < pages.size(); ++n) {
    auto after = fold::position_parts(t, p, pages[n].after);
    if (after.size() != after_parts)
      continue;
    parts[0].push_back(std::to_string(n));
    auto value = fold::asked_parts(t, p, pages[n].value);
    if (contains)
      value.back() = pattern_of(value.back());
    for (std::size_t i = 0; i < asked; ++i)
      parts[1 + i].push_back(std::move(value[i]));
    for (std::size_t i = 0; i < after_parts; ++i)
      parts[1 + asked + i].push_back(std::move(after[i]));
  }

  std::string unnest = "$2::bigint[]", names = "n", where = "t.project_id = $1::uuid", left, right, order;
  const auto ask = [&](fold::column_type type) {
    const auto number = std::to_string(std::count(names.begin(), names.end(), ',') + 1);
    unnest += ", $" + std::to_string(std::stoul(number) + 2) + "::" + sql_type(type) + "[]";
    names += ", v" + number;
    return "v.v" + number;
  };
  for (const auto c : p.columns)
    where += " and t." + postgres::quote_name(t.columns[c].name) + " = " + ask(t.columns[c].type);
  const auto text = contains ? "t." + postgres::quote_name(t.columns[p.contains].name) : std::string();
  const auto like = contains ? text + " like " + ask(fold::column_type::text) : std::string();
  if (contains)
    where += " and " + (p.most == 0 ? like : text + " is not null");
  if (p.only_where != std::string::npos)
    where += " and t." + postgres::quote_name(t.columns[p.only_where].name);
  where += " and t." + postgres::quote_name(t.columns[p.order].name) + " is not null";
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& column = t.columns[places[i]];
    order += (i ? ", " : " order by ") + in_order(column) + (d == fold::direction::forward ? "" : " desc");
    if (i < after_parts) {
      left += (i ? ", " : "") + in_order(column);
      right += (i ? ", " : "") + ask(column.type);
    }
  }
  if (after_parts > 0)
    where += " and (" + left + (d == fold::direction::forward ? ") > (" : ") < (") + right + ")";
  auto from = service_.place(t) + " t where " + where;
  if (contains && p.most == 0) // first all that contain it, by their index: else the order's index may be walked from end to end for a rare text
    from = "(select t.* from " + from + std::string(one_by_one) + ") t";
  else if (contains) // first as many as are looked at, whatever they contain: no page costs more
    from = "(select t.*, row_number() over (" + order.substr(1) + ") as nth from " + from + order + " limit " + std::to_string(p.most) + ") t where " + like + " or t.nth = " +
           std::to_string(p.most);
  std::vector<std::string> arrays;
  for (const auto& a : parts)
    arrays.push_back(array(a));
  std::vector<postgres::value> parameters = {project_};
  parameters.insert(parameters.end(), arrays.begin(), arrays.end());
  const auto found = transaction_.query("select v.n, r.* from unnest(" + unnest + ") v(" + names + ") cross join lateral (select " + column_list(t, "t.") +
                                            " from " + from + order + " limit " + std::to_string(most) + ") r",
                                        parameters);
  for (std::size_t r = 0; r < found.size(); ++r)
    out[static_cast<std::size_t>(found.integer(r, 0))].push_back(row_from(t, found, r, 1));
}

void postgres_store::write(const fold::table& t, std::span<const fold::row> removed, std::span<const fold::row> added) {
  const auto place = service_.place(t);
  if (!removed.empty()) {
    std::vector<std::string> ids;
    for (const auto& r : removed)
      ids.push_back(fold::row_id(t, project_, r));
    transaction_.query("delete from " + place + " where id = any($1::uuid[])", {array(ids)});
  }
  postgres::copy_rows rows(3 + t.columns.size() + t.references.size());
  for (const auto& r : added) {
    rows.add(fold::row_id(t, project_, r));
    rows.add(project_);
    rows.add(scope_);
    for (const auto& c : r)
      rows.add_cell(c);
    for (const auto& f : t.references)
      rows.add_cell(fold::referenced_id(f, project_, r));
  }
  std::vector<std::string> columns = {"id", "project_id", "account_scope_id"};
  for (const auto& c : t.columns)
    columns.push_back(c.name);
  for (const auto& f : t.references)
    columns.push_back(f.column);
  transaction_.copy(place, columns, rows);
}

} // namespace millrace::pipeline
