// What a story must leave in the tables, as data: {"expected": [{"about": …, "table": "crm.contact_mappings",
// "where": {"ghl_contact_id": "c1", "phone_number": null}, "rows": 1}, …]}. `rows` left out: at least one.
#pragma once

#include "core/result.hpp"
#include "json/schema.hpp"
#include "postgres/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

struct expected_row {
  std::string about, schema, table;
  std::vector<std::pair<std::string, std::optional<std::string>>> where; // column = text; nullopt: is null
  std::optional<std::int64_t> rows;

  std::string sql() const; // select count(*) …
  std::string text() const; // for people
  bool met_by(std::int64_t found) const { return rows ? found == *rows : found > 0; }
};

// Pure. All faults at once.
std::vector<expected_row> read_expected_rows(const json::file& f, std::vector<fault>& faults);

} // namespace millrace::cli
