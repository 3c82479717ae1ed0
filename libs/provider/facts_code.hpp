// The version of the code that reads facts.
#pragma once

#include <string>

namespace millrace {

// Changes when transforms, keyword tables or the text library do: a part of catalogue::facts_version, beside the
// profiles themselves. Defined beside the compiled event rules.
std::string facts_code_version();

} // namespace millrace
