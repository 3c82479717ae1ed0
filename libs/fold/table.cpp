#include "fold/table.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"

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

} // namespace millrace::fold
