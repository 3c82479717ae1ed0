// What the text of a cell must look like, by its column's type, so that equal values are equal texts in every store, and
// in which order cells stand. Pure.
#pragma once

#include "fold/table.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::fold {

// A number as JSON writes it (or with a leading '+', zeros or point) in the one form that a decimal cell has: no exponent, no zeros that say
// nothing, no "-0". Exact. nullopt: no number, or over 200 digits before or behind the point.
std::optional<std::string> canonical_decimal(std::string_view written);

// Throws bug where a decimal cell is not canonical or a json cell is no JSON text. What a column of limited scale would
// round must be rounded before: nobody could see that it differs for ever.
void check_cells(const table& t, const row& r);

// The order of two cells of a column: numbers by value, the rest bytewise (timestamps of the years 1 to 9999).
std::strong_ordering compare_cells(column_type type, std::string_view a, std::string_view b);

} // namespace millrace::fold
