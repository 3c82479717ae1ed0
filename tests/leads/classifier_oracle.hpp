// What leads' categories must be, by plain loops over all facts: no graph, no passes, no automaton. For tests.
#pragma once

#include "fold/fact.hpp"

#include <string>
#include <vector>

namespace millrace {

// "phone|category|origin|points", sorted; "-" where there is none. Knows the few regexes that tests use: ^words, words$, /words/.
std::vector<std::string> verdicts_by_loop(std::vector<fold::fact> facts);
// "category|parent|slug|depth|path", sorted. Of worlds that are not 64 deep.
std::vector<std::string> tree_by_loop(std::vector<fold::fact> facts);

} // namespace millrace
