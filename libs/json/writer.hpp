// Writes JSON. Owned by its user, one thread.
#pragma once

#include "json/document.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::json {

// A minimal streaming writer: commas and quotes are its business, the order of calls is the caller's.
class writer {
public:
  writer() = default;
  // Room for a text of about so many bytes.
  explicit writer(std::size_t bytes) { out_.reserve(bytes); }
  writer& begin_object();
  writer& end_object();
  writer& begin_array();
  writer& end_array();
  writer& name(std::string_view n);
  // Escapes per RFC 8259; bytes that are not UTF-8 and NUL become U+FFFD, so the output is always storable.
  writer& string(std::string_view s);
  writer& number(std::int64_t n);
  writer& number_text(std::string_view digits); // as it stands, must be a JSON number
  writer& boolean(bool b);
  writer& null();
  writer& raw(std::string_view json);
  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

private:
  void separate();
  std::string out_;
  std::vector<bool> first_ = {true};
  bool after_name_ = false;
};

// A text as a JSON string, as `writer::string` writes it.
std::string quote(std::string_view text);

// JSON that Postgres' jsonb accepts: doubled members once (the last; also when two names are the same only after
// their repair), text repaired with U+FFFD, numbers beyond numeric's range (an exponent over 1,000 or more than 1,000
// digits) as strings; what `redact` (JSON Pointers, `*` for any element or member) names becomes "[redacted]".
struct storable {
  std::string json;
  std::size_t replaced = 0; // characters and numbers that were changed, members lost by repair
};
storable make_storable(const value& v, const std::vector<std::string>& redact = {});
// The same of a whole document, whose source is taken as it came where nothing in it is to be changed.
storable make_storable(const document& d, const std::vector<std::string>& redact);

} // namespace millrace::json
