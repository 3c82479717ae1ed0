#include "provider/request.hpp"

#include "core/text.hpp"

namespace millrace {

std::optional<std::string_view> webhook_request::header(std::string_view name, bool* doubled) const {
  std::optional<std::string_view> found;
  for (const auto& [known, value] : headers) {
    if (known.size() != name.size() || !ascii_iequals(known, name))
      continue;
    if (found) {
      if (doubled)
        *doubled = true;
      break;
    }
    found = value;
  }
  return found;
}

} // namespace millrace
