// What an event means in our words, before a domain gives it a group: a kind and named fields. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace {

// null (emptied), a text, or a list of texts. A field that is not there is unsaid.
struct field_value {
  std::variant<std::monostate, std::string, std::vector<std::string>> held;

  bool is_null() const { return held.index() == 0; }
  const std::string* text() const { return std::get_if<std::string>(&held); }
  const std::vector<std::string>* list() const { return std::get_if<std::vector<std::string>>(&held); }
  friend bool operator==(const field_value&, const field_value&) = default;
};

using field_map = std::map<std::string, field_value, std::less<>>;

struct said_fact {
  std::string kind; // "contact", "message", "opt", …
  field_map fields;
};

// A fact's fields as one JSON object (text, null, arrays of text), sorted by name; and back (throws bug).
std::string to_json(const field_map& fields);
field_map fields_from_json(std::string_view json);

} // namespace millrace
