// What a project's admin has set. Pure; read through the reader of one run.
#pragma once

#include "fold/graph.hpp"

#include <string_view>

namespace millrace::crm {

// The last said text of a setting; `otherwise` when it was never said or was emptied. Valid during one run.
std::string_view setting(fold::reader& r, std::string_view name, std::string_view otherwise);

// ISO 3166-1 alpha-2: where a phone without "+" is at home. The seed's system serves the US.
std::string_view country(fold::reader& r);
// Whether opt-out words that no source confirms count.
bool counts_memory_keywords(fold::reader& r);

} // namespace millrace::crm
