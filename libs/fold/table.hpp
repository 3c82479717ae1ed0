// A derived table, described: its columns, its natural key and the ways in which it may be read. Static data of a
// domain; everything that Postgres and the engine do with a table follows from it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fold {

// A cell in the text form in which Postgres prints it (timestamps by to_postgres, booleans t and f); nullopt is null.
using cell = std::optional<std::string>;
// One cell per column of the table, in order.
using row = std::vector<cell>;

enum class column_type { text, integer, boolean, timestamp, uuid };

struct column {
  std::string name;
  column_type type = column_type::text;
};

// A way of reading: all rows whose `columns` equal a value. There is an index for it in the schema. Values of several
// columns are joined by join_key.
struct path {
  std::string name;
  std::vector<std::size_t> columns;
  // Only rows where this boolean column is true (the index is partial); npos: all.
  std::size_t only_where = std::string::npos;
  // At most so many rows are read, in order of `id`; 0: all. A limit of 65 tells "over 64".
  std::size_t most = 0;
  // The rows with the greatest value of this column come first, bytewise, instead of the order of `id`; npos: no order.
  std::size_t greatest_first = std::string::npos;
};

struct table {
  std::string name;            // "contact_mappings"
  bool of_seed = false;        // stands in the seed's schema; else ours, in the service's own
  std::vector<column> columns; // without project_id, account_scope_id and id, which the engine fills
  std::vector<std::size_t> key; // natural key within the project: the row's id is UUIDv5 of table, project and key
  std::vector<path> paths;     // path 0 is the natural key
  // Deterministic ids of `id uuid` columns and (project_id, account_scope_id) are the engine's business.

  std::size_t column_index(std::string_view name) const; // throws bug
};

// Several parts as one key text, each percent-encoded for '%' and '/': "ghl/c1". split_key is the inverse.
std::string join_key(std::initializer_list<std::string_view> parts);
std::vector<std::string> split_key(std::string_view key);
// The value by which a row stands under a path; nullopt when one of its columns is null.
std::optional<std::string> path_value(const table& t, const path& p, const row& r);

} // namespace millrace::fold
