// Texts that people and providers write in any case. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// Unicode's full case folding ("Straße" and "STRASSE" fold alike), nothing else: no trimming, no accents.
std::string fold_case(std::string_view text);
// fold_case(a) == fold_case(b), without making either when both are ASCII.
bool equal_folded(std::string_view a, std::string_view b);

} // namespace millrace
