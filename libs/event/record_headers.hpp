// The headers of an event's record, told to whoever reads a topic: what encode_headers writes, name by name. A constant table.
#pragma once

#include <span>
#include <string_view>

namespace millrace {

struct record_header {
  enum class form { text, time, number, base64 };
  std::string_view name; // ends in '*': every name that begins so
  std::string_view about;
  bool required = false;
  form as = form::text;
};
std::span<const record_header> record_headers();

} // namespace millrace
