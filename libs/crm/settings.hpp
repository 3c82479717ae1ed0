// What a project's admin has set. Pure; read through the reader of one run.
#pragma once

#include "fold/graph.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::crm {

// The last said text of a setting; `otherwise` when it was never said or was emptied. Valid during one run.
std::string_view setting(fold::reader& r, std::string_view name, std::string_view otherwise);

// The settings that crm reads. And why an admin may not give one of them this value, or nothing: the services would take it for another.
inline constexpr std::string_view setting_names[] = {"country", "default_agent", "memory_keywords"};
std::optional<std::string> setting_fault(std::string_view name, std::string_view value);

// ISO 3166-1 alpha-2: where a phone without "+" is at home. The seed's system serves the US.
std::string_view country(fold::reader& r);
// Whether opt-out words that no source confirms count.
bool counts_memory_keywords(fold::reader& r);

} // namespace millrace::crm
