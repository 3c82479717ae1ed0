// Bytes that claim to be text: validity, repair, ASCII case. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

bool is_utf8(std::string_view text);

// UTF-8 without NUL: what Postgres can store.
bool is_storable(std::string_view text);
// Made so: every NUL, invalid UTF-8 sequence and encoded surrogate becomes U+FFFD.
// `replaced` counts them.
struct storable_text {
  std::string text;
  std::size_t replaced = 0;
};
storable_text make_storable(std::string_view text);

// The place, from `from` on, of the first byte that is `a`, `b` or a control character (below 0x20); the size if none.
std::size_t find_special(std::string_view text, std::size_t from, char a, char b);

std::string ascii_lower(std::string_view text);
bool ascii_iequals(std::string_view a, std::string_view b);
// Without ASCII white space at both ends.
std::string_view trim(std::string_view text);
// Splits at every `separator`; an empty text gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// "Did you mean …?": the candidate that differs least from `word` (letters changed, left out, added or exchanged;
// ASCII case counts for nothing), if at most a third of it differs. Of equally near ones the first.
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates);

} // namespace millrace
