#include "crm/settings.hpp"

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

std::string_view country(fold::reader& r) { return setting(r, "country", "US"); }

bool counts_memory_keywords(fold::reader& r) { return setting(r, "memory_keywords", "false") == "true"; }

} // namespace millrace::crm
