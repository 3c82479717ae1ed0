// What a file's schema finds beside what its reader has told: a fault is told once, by the one who says more. Internal to
// libs/provider; pure.
#pragma once

#include "json/schema.hpp"

#include <cstddef>
#include <vector>

namespace millrace {

// Adds them to `faults`, of which those from `first` on are the reader's, of the same file.
void add_schema_faults(const json::schema& s, const json::file& f, std::size_t first, std::vector<fault>& faults);

} // namespace millrace
