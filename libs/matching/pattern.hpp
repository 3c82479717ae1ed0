// What is looked for in texts: a word, a whole text or a regular expression, in one of a text's targets (name, city, …).
// Values; pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::matching {

enum class mode : std::uint8_t {
  contains, // the folded text contains the folded words
  exact,    // the folded text is the folded words
  regex,    // the regular expression matches somewhere in the text as written
};

// Targets are numbers below this one.
constexpr std::size_t targets_max = 16;

struct pattern {
  std::uint32_t id = 0; // what a match says; patterns may share one
  std::uint8_t target = 0;
  mode how = mode::contains;
  std::string text; // as `reading` has it
};

// Only `ok` ever matches; the others are told to whoever wrote the pattern.
enum class state : std::uint8_t { ok, empty, bad_regex, too_long };
std::string_view name_of(state);

struct reading {
  matching::state state = state::ok;
  std::string text;   // for pattern::text, where ok: folded words, or a regex of RE2's with its flags in front
  std::string reason; // a sentence for whoever wrote it, where not ok
};

// Of what people write, in bytes, delimiters included.
constexpr std::size_t pattern_bytes_max = 500;
// What RE2 may take to hold one regex compiled: about 16,000 instructions. `\pL{50}` is too much, `.{0,500}` is not.
constexpr std::int64_t regex_memory_bytes = 1 << 20;

reading read_words(std::string_view written);
// RE2's syntax, over UTF-8: no backreferences, no lookaround. Between delimiters as PHP has them (`/…/`, `#…#`, `~…~`,
// the delimiter itself escaped inside) the flags behind count: i, m, s, and u, which changes nothing; then case matters
// unless i is there. What does not begin with one of the three is the regex itself, and case does not matter.
reading read_regex(std::string_view written);

} // namespace millrace::matching
