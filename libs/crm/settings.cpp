#include "crm/settings.hpp"

#include "core/format.hpp"
#include "core/text.hpp"
#include "text/phone.hpp"

#include <algorithm>
#include <array>

namespace millrace::crm {

std::string_view setting(fold::reader& r, std::string_view name, std::string_view otherwise) {
  const auto& facts = r.facts("setting", name);
  for (auto f = facts.rbegin(); f != facts.rend(); ++f)
    if (f->says("value")) {
      const auto value = f->text_or_empty("value");
      return value.empty() ? otherwise : value;
    }
  return otherwise;
}

std::optional<std::string> setting_fault(std::string_view name, std::string_view value) {
  if (value.empty())
    return "a text is expected; null empties it";
  if (name == "country" && !is_country(value))
    return format("`{}` is no country: two letters of ISO 3166-1 are expected, like US", value);
  if (name == "memory_keywords" && value != "true" && value != "false")
    return format("`{}` is neither true nor false", value);
  return std::nullopt;
}

std::string_view country(fold::reader& r) { return setting(r, "country", "US"); }

bool counts_memory_keywords(fold::reader& r) { return setting(r, "memory_keywords", "false") == "true"; }

} // namespace millrace::crm
