// What a project's admin has set. Pure; read through the reader of one run.
#pragma once

#include "fold/graph.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::crm {

// The last said text of a setting; `otherwise` when it was never said or was emptied. Valid during one run.
std::string_view setting(fold::reader& r, std::string_view name, std::string_view otherwise);

// Why an admin may not set this, or nothing: a name that no service reads, a value that it would take for another.
// `value`: nothing empties it.
std::optional<std::string> setting_fault(std::string_view name, std::optional<std::string_view> value);

// ISO 3166-1 alpha-2: where a phone without "+" is at home. The seed's system serves the US.
std::string_view country(fold::reader& r);
// Whether opt-out words that no source confirms count.
bool counts_memory_keywords(fold::reader& r);

} // namespace millrace::crm
