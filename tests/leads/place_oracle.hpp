// Where leads are, by plain loops over all facts and the C library's own sines: no graph, no passes, no index. For tests.
#pragma once

#include "fold/fact.hpp"

#include <string>
#include <vector>

namespace millrace {

// "phone|country|region|city|district|confidence" of each living lead, sorted; "-" where there is none. Of worlds where no place is
// within a millimetre of the border between two answers.
std::vector<std::string> places_by_loop(std::vector<fold::fact> facts);

} // namespace millrace
