// What this binary was built from. Constants.
#pragma once

#include <string_view>

namespace millrace::metrics {

std::string_view build_version();  // "0.1.0"
std::string_view build_revision(); // the commit, 12 hex digits, or "unknown"

} // namespace millrace::metrics
