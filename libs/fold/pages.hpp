// Pages of rows: where a row stands on a path that has an order, and what a value of such a path asks for. Pure; what
// every store does with reader::rows_after follows from it.
#pragma once

#include "fold/table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fold {

enum class direction { forward, backward };

// One page that is asked for: the path's value, and behind what it begins ("" at the end of the path).
struct row_page {
  std::string value, after;
};

// Where a row stands: beyond it lie the rows that follow, also those with the same value in the order column. Throws bug
// when it is not on the path.
std::string position_of(const table& t, const path& p, const row& r);
// Where a value of the order column stands: beyond it lie the rows with a greater one (backward: a lesser one).
std::string position_at(std::string_view value);

// The columns that decide where rows stand: the order column, then those of the natural key that neither it nor the
// path's value settles.
std::vector<std::size_t> order_columns(const table& t, const path& p);
// What a value asks for: one text per column of the path, then the one to be contained. Throws bug on another number.
std::vector<std::string> asked_parts(const table& t, const path& p, std::string_view value);
// A position's texts, of order_columns or of the first of them only; none at the end of the path. Throws bug on another number.
std::vector<std::string> position_parts(const table& t, const path& p, std::string_view after);

// Whether a row is on the page's path, and beyond its `after` in the direction.
bool on_page(const table& t, const path& p, const row_page& asked, direction d, const row& r);
// Whether `a` stands before `b`.
bool stands_before(const table& t, const path& p, direction d, const row& a, const row& b);

} // namespace millrace::fold
