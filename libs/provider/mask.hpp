// What tools and the live page do not show of an event: the values that its profile's `mask` names. Tables and topics keep
// them. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct masked {
  std::string json;                // "[masked]" for each value that is named; null, true and false stay
  std::vector<std::string> hidden; // the texts that were masked, the longest first
  // The text with all that was masked in the payload taken out of it: an id may be a phone number.
  std::string without(std::string text) const;
};

// `payload` is a reading's payload_json. An entry of `mask` that begins with '/' is a JSON Pointer (`*`: any member or
// element), any other the name of a member wherever it stands, in any case. Bytes that could not be read are masked in any case.
masked mask_payload(std::string_view payload, std::span<const std::string> mask);

} // namespace millrace
