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

// decimal: numeric, in the form of canonical_decimal. json: JSON text, kept byte for byte, so that equal rows stay equal
// (jsonb would print it otherwise); the table has a CHECK.
enum class column_type { text, integer, boolean, timestamp, uuid, decimal, json };

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
  // At most so many rows are read, in order of `id`; 0: all. A limit of 65 tells "over 64". In pages that ask what is contained: see there.
  std::size_t most = 0;
  // The rows with the greatest value of this column come first, bytewise, instead of the order of `id`; npos: no order.
  std::size_t greatest_first = std::string::npos;
  // It is read in pages (reader::rows_after), in order of this column, then of the natural key; rows where it is null are
  // not on them. Its index: `columns`, project_id, this one, the rest of the key. Then `columns` may be empty: all rows. npos: no pages.
  std::size_t order = std::string::npos;
  // The value has one more part, behind those of `columns`: only rows whose text here contains it, bytewise. In pages only; each reads all that contain
  // it (index: GIN of trigrams). With `most`: each reads the next so many rows in order, and brings the last of these too, whatever it contains, to go on from.
  std::size_t contains = std::string::npos;
};

struct table;

// A uuid column beside `columns` that holds the id of another table's row, filled where the row is written. The row need
// not be there (yet): no foreign key stands behind it. Null when one of `columns` is null.
struct reference {
  std::string column;               // "category_id"
  const table* to;                  // whichever service writes it
  std::vector<std::size_t> columns; // of this table, what the key of `to` is there, in its order and types
};

struct table {
  std::string name;            // "contact_mappings"
  bool of_seed = false;        // stands in the seed's schema; else ours, in the service's own
  std::vector<column> columns; // without project_id, account_scope_id and id, which the engine fills
  std::vector<std::size_t> key; // natural key within the project: the row's id is UUIDv5 of table, project and key
  std::vector<path> paths;     // path 0 is the natural key
  // Deterministic ids of `id uuid` columns and (project_id, account_scope_id) are the engine's business.
  std::vector<reference> references = {};
  std::string id_name = {}; // the table as whose the ids are made, where another one is known by them; empty: its own name

  std::size_t column_index(std::string_view name) const; // throws bug
};

// Several parts as one key text, each percent-encoded for '%' and '/': "ghl/c1". split_key is the inverse.
std::string join_key(std::initializer_list<std::string_view> parts);
std::vector<std::string> split_key(std::string_view key);
// The value by which a row stands under a path; nullopt when one of its columns is null.
std::optional<std::string> path_value(const table& t, const path& p, const row& r);
// The id of a row within a project; throws bug when its key is null. And the one that a reference of it shows.
std::string row_id(const table& t, std::string_view project_id, const row& r);
cell referenced_id(const reference& f, std::string_view project_id, const row& r);

} // namespace millrace::fold
