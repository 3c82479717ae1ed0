// Whole numbers as people, workers and settings write them. Pure; any thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace millrace::leads {

// The number that the whole text is, in decimal digits with at most a minus before them; nothing when it is none, or out of range.
inline std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                                                std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc{} && end == text.data() + text.size() && n >= least && n <= most ? std::optional(n) : std::nullopt;
}

} // namespace millrace::leads
