// A column as last said. Pure.
#pragma once

#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <span>
#include <string_view>

namespace millrace::fold {

// The text of the last of these facts that says the field; null when none does, or it was emptied.
inline cell last_said(std::span<const fact> facts, std::string_view field) {
  for (auto f = facts.rbegin(); f != facts.rend(); ++f)
    if (f->says(field)) {
      const auto text = f->text_or_empty(field);
      return text.empty() ? cell() : cell(text);
    }
  return std::nullopt;
}

} // namespace millrace::fold
