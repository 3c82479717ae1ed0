// The total order of everything: 25 bytes, compared bytewise. A plain value.
#pragma once

#include "core/instant.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// event_time in µs (8 bytes, big-endian), 1 if it is a deletion or an opt-out, 16 bytes of
// SHA-256(dedupe_key, ordinal of the fact).
struct stamp {
  std::array<unsigned char, 25> bytes{};

  static stamp make(instant event_time, bool last_at_equal_times, std::string_view dedupe_key, unsigned ordinal);
  static stamp from_bytes(std::string_view twenty_five); // throws bug on another length
  instant time() const;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  friend auto operator<=>(const stamp&, const stamp&) = default;
};

} // namespace millrace
