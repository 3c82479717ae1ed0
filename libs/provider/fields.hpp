// Evaluates what the event rules say over one body: conditions, fields, facts. Internal to libs/provider; pure.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "provider/body.hpp"
#include "provider/compiled_rules.hpp"
#include "provider/said.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace millrace {

bool holds(const condition& c, const places& at);
bool all_hold(const condition_list& conditions, const places& at);

// A time as the provider writes it; nothing when it does not parse.
std::optional<instant> read_time(time_form form, int zone_minutes, std::string_view text);

// Whether the rule finds a value, null included.
bool says(const value_rule& rule, const places& at);

// The facts of one event of this type, in the profile's order. Fault `missing_key` (place = the pointer) when a field
// that is required is absent, null or empty.
result<std::vector<said_fact>> read_facts(const std::vector<fact_rule>& rules, const places& at);

} // namespace millrace
