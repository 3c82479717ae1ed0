#include "fold/table.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/uuid.hpp"

#include <algorithm>

namespace millrace::fold {

std::size_t table::column_index(std::string_view wanted) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const column& c) { return c.name == wanted; });
  if (found == columns.end())
    throw bug("table " + name + " has no column " + std::string(wanted));
  return static_cast<std::size_t>(found - columns.begin());
}

namespace {

void append_part(std::string& out, std::string_view part) {
  for (const char c : part) {
    if (c == '%')
      out += "%25";
    else if (c == '/')
      out += "%2F";
    else
      out += c;
  }
}

} // namespace

std::string join_key(std::initializer_list<std::string_view> parts) {
  std::string out;
  bool first = true;
  for (const auto part : parts) {
    if (!first)
      out += '/';
    first = false;
    append_part(out, part);
  }
  return out;
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '/') {
      parts.emplace_back();
    } else if (key[i] == '%' && key.substr(i, 3) == "%25") {
      parts.back() += '%';
      i += 2;
    } else if (key[i] == '%' && key.substr(i, 3) == "%2F") {
      parts.back() += '/';
      i += 2;
    } else {
      parts.back() += key[i];
    }
  }
  return parts;
}

std::optional<std::string> path_value(const table&, const path& p, const row& r) {
  if (p.only_where != std::string::npos && r[p.only_where] != "t")
    return std::nullopt;
  if (p.columns.size() == 1)
    return r[p.columns.front()];
  std::string value;
  bool first = true;
  for (const auto index : p.columns) {
    if (!r[index])
      return std::nullopt;
    if (!first)
      value += '/';
    first = false;
    append_part(value, *r[index]);
  }
  return value;
}

namespace {

std::string id_of(const table& t, std::string_view project_id, const std::string& key) {
  return uuid_v5((t.id_name.empty() ? t.name : t.id_name) + '\n' + std::string(project_id) + '\n' + key);
}

} // namespace

std::string row_id(const table& t, std::string_view project_id, const row& r) {
  const auto key = path_value(t, t.paths.front(), r);
  if (!key)
    throw bug("a row of " + t.name + " has no key");
  return id_of(t, project_id, *key);
}

cell referenced_id(const reference& f, std::string_view project_id, const row& r) {
  if (f.columns.size() != f.to->key.size())
    throw bug("the reference " + f.column + " does not fit the key of " + f.to->name);
  const auto key = path_value(*f.to, {.name = f.column, .columns = f.columns}, r);
  return key ? cell(id_of(*f.to, project_id, *key)) : cell();
}

} // namespace millrace::fold
