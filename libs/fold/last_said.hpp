// A column as last said, and since when. Pure.
#pragma once

#include "core/encoding.hpp"
#include "core/instant.hpp"
#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace millrace::fold {

// When the first of these facts that says the field was said; null when none does. Of `deleted`: it is final.
inline cell first_said_at(std::span<const fact> facts, std::string_view field) {
  const auto f = std::find_if(facts.begin(), facts.end(), [&](const fact& one) { return one.says(field); });
  return f == facts.end() ? cell() : cell(to_postgres(f->time()));
}

// The text of the last of these facts that says the field; null when none does, or it was emptied.
inline cell last_said(std::span<const fact> facts, std::string_view field) {
  for (auto f = facts.rbegin(); f != facts.rend(); ++f)
    if (f->says(field)) {
      const auto text = f->text_or_empty(field);
      return text.empty() ? cell() : cell(text);
    }
  return std::nullopt;
}

// The stamp, in hex, since which the field has been what it is now, without a break: who saves the same value again is no later
// claimant. Null when it is nothing now.
inline cell said_since(std::span<const fact> facts, std::string_view field) {
  std::string now;
  const stamp* since = nullptr;
  for (const auto& f : facts)
    if (f.says(field) && (!since || f.text_or_empty(field) != now)) {
      now = f.text_or_empty(field);
      since = &f.at;
    }
  return since && !now.empty() ? cell(to_hex(since->view())) : cell();
}

} // namespace millrace::fold
