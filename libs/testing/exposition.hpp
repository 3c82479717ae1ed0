// What /metrics says, read by tests. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace millrace::trial {

// The sum of all series of a metric in text exposition format; nothing when there is none.
std::optional<double> sum_of(std::string_view exposition, std::string_view metric);

} // namespace millrace::trial
