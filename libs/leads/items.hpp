// What lead workers report: a list of places and people, item by item. A bad item stops neither the report nor its siblings.
// Pure; any thread.
#pragma once

#include "json/document.hpp"
#include "provider/said.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace::leads {

// What one item says of one lead: fields as the fact `lead_seen` has them; a value that is out of its range, or no e-mail, URL,
// number, is unsaid.
struct item {
  std::size_t index;
  std::string phone; // E.164
  field_map fields;
  std::optional<std::string> external_id; // the provider's own id of the place
};
struct rejected_item {
  std::size_t index;
  std::string_view code; // item_not_object, phone_missing, phone_invalid, too_many_items
  std::string raw;       // its source, cut
};
// `phones`: whether it is a lead and whose, nothing of what it says.
enum class reading { whole, phones };
std::variant<item, rejected_item> read_item(std::size_t index, const json::value& v, reading how = reading::whole);

struct report_items {
  std::vector<item> good;
  std::vector<rejected_item> bad;
  std::size_t count = 0; // of all
  std::string sha;       // hex SHA-256 of the list's own bytes; empty when there is none
};
// `source`: the list's own JSON text, "" when there is none. What is no list is none.
report_items read_items(std::string_view source, reading how = reading::whole);

// The fields of a lead that an act or an item says, each in range and cut to its limit: name → text, by the table of known
// fields. Null stays null (emptied), and what is wrong is unsaid.
void keep_lead_field(field_map& to, std::string_view name, const field_value& said);

} // namespace millrace::leads
