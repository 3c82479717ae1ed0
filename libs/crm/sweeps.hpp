// Sweeps: what a change of reference data marks, in chunks: every raw phone, every raw phone with an opt fact. Pure.
#pragma once

#include "fold/graph.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::crm {

// The group is the last key of the chunk before ("" for the first); each marks itself again until all keys are done.
void derive_every_phone(std::string_view after, fold::reader& r, fold::rows_out& out);
void derive_every_opt(std::string_view after, fold::reader& r, fold::rows_out& out);

// Triggers of `setting` facts: the sweep begins when the setting of that name changes.
std::optional<std::string> if_country(std::string_view name);
std::optional<std::string> if_memory_keywords(std::string_view name);

} // namespace millrace::crm
