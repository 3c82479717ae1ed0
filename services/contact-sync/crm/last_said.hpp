// A column as last said. Pure.
#pragma once

#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <string_view>
#include <vector>

namespace millrace::contact_sync {

// The text of the last fact that says the field; null when none does, or it was emptied.
inline fold::cell last_said(const std::vector<fold::fact>& facts, std::string_view field) {
  for (auto f = facts.rbegin(); f != facts.rend(); ++f)
    if (f->says(field)) {
      const auto text = f->text_or_empty(field);
      return text.empty() ? fold::cell() : fold::cell(text);
    }
  return std::nullopt;
}

} // namespace millrace::contact_sync
