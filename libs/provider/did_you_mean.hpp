// "Did you mean …?" for names that people type. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// " (did you mean `x`?)", or, when nothing is near, " (known: a, b, c)" of at most 12; empty when nothing is known.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

} // namespace millrace
