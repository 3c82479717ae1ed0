// What an event means, with its one group: what record writes and derivations read. A plain value.
#pragma once

#include "event/stamp.hpp"
#include "provider/said.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::fold {

struct fact {
  std::string kind; // "contact"
  std::string key;  // its one group, known from the event alone: "ghl/c1"
  stamp at;
  std::string event_id; // UUIDv8 of the dedupe_key's hash: the raw row's id
  std::string account;  // "<provider>:<account>": to whom the fact belongs
  field_map fields;

  instant time() const { return at.time(); }
  // Whether the fact says anything about the field (null counts as said).
  bool says(std::string_view field) const { return fields.find(field) != fields.end(); }
  // The text; nullopt when unsaid or null.
  std::optional<std::string_view> text(std::string_view field) const;
  // "" when unsaid or null.
  std::string_view text_or_empty(std::string_view field) const;
  // The list; nullptr when unsaid or not a list.
  const std::vector<std::string>* list(std::string_view field) const;
};

} // namespace millrace::fold
