// W3C Trace Context: the trace that a request or an event belongs to, and the span that it came from. Whoever sends it is not
// trusted: what is not exactly as the standard says reads as nothing. Plain values; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct trace_context {
  std::array<unsigned char, 16> trace{};
  std::array<unsigned char, 8> span{};
  std::uint8_t flags = 0;

  bool sampled() const { return (flags & 1) != 0; }
  std::string trace_id() const; // 32 hex digits
  std::string span_id() const;  // 16 hex digits
  std::string traceparent() const;

  friend bool operator==(const trace_context&, const trace_context&) = default;
};

// "00-<32 hex>-<16 hex>-<2 hex>"; of a higher version what stands there in the same places. Nothing for the forbidden version
// ff, upper case, ids of zeros, or anything more or less in version 00.
std::optional<trace_context> parse_traceparent(std::string_view text);
// As it may be passed on: at most 512 bytes and 32 members of printable ASCII, each name=value. Else empty.
std::string_view valid_tracestate(std::string_view text);

} // namespace millrace
