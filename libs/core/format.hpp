// The one place that includes fmt: everybody writes millrace::format("…", …).
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace millrace {

// An object, not a function: with arguments from std an unqualified call would otherwise find std::format as well
// (GCC 13 and newer) and be ambiguous.
struct format_text {
  template <class... Arguments>
  std::string operator()(fmt::format_string<Arguments...> text, Arguments&&... arguments) const {
    return fmt::format(text, std::forward<Arguments>(arguments)...);
  }
};
inline constexpr format_text format{};

} // namespace millrace
