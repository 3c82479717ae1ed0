// All rows of a path, read in pages: for functions that decide over a whole table, and what is built of one. Pure.
#pragma once

#include "fold/graph.hpp"

#include <cstddef>
#include <vector>

namespace millrace::leads {

// In the path's order; it has one, and no columns.
std::vector<fold::row> all_rows(fold::reader& r, const fold::table& t, std::size_t path);

} // namespace millrace::leads
