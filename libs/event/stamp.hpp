// The total order of everything: 25 bytes, compared bytewise. A plain value.
#pragma once

#include "core/instant.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// event_time in µs (8 bytes, big-endian), 1 if it is a deletion or an opt-out, 16 bytes of SHA-256 of what names the fact:
// the event's dedupe_key, the fact's kind and key, and how many facts of that kind and key came before it in the event,
// each as "<bytes>:<text>". Services that take a kind alike so decide equal times alike, whatever else they take of the
// event.
// (The fields are left out: a stamp outlives the erasure of a field, and must not be a means to guess it.)
struct stamp {
  static constexpr std::string_view version = "2"; // raised when the bytes change: a part of facts_version
  std::array<unsigned char, 25> bytes{};

  static stamp make(instant event_time, bool last_at_equal_times, std::string_view dedupe_key, std::string_view kind,
                    std::string_view key, unsigned before);
  static stamp from_bytes(std::string_view twenty_five); // throws bug on another length
  instant time() const;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  friend auto operator<=>(const stamp&, const stamp&) = default;
};

} // namespace millrace
