// The names of all settings: a variable that begins with MILLRACE_ and is none of them is a slip of the pen, and would be
// silence. Each program knows only its own settings, and all of them stand in one environment: hence one list here, which
// a test compares with what the programs read.
#pragma once

#include "core/settings.hpp"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Those of the programs, sorted; librdkafka's (MILLRACE_KAFKA_…) are told by librdkafka.
std::span<const std::string_view> setting_names();

// The variables that nobody reads: fault `unknown_setting` with the nearest name. `elsewhere` are names that other files
// give (sources.json: where a secret is). Nothing where the environment cannot be enumerated.
std::vector<fault> unknown_settings(const settings& from, const std::set<std::string>& elsewhere);

// Writes one warning to the log that tells all of them; none when there are none.
void warn_of_unknown(const std::vector<fault>& unknown);

} // namespace millrace
