#include "event/trace_context.hpp"

#include "core/encoding.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t traceparent_bytes = 55;
constexpr std::size_t tracestate_bytes_max = 512, tracestate_members_max = 32;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <std::size_t n>
bool read_hex(std::string_view digits, std::array<unsigned char, n>& into) {
  if (!is_lower_hex(digits))
    return false;
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != n)
    return false;
  std::copy(bytes->begin(), bytes->end(), into.begin());
  return true;
}

template <std::size_t n>
bool is_zero(const std::array<unsigned char, n>& id) {
  return std::all_of(id.begin(), id.end(), [](unsigned char c) { return c == 0; });
}

template <std::size_t n>
std::string hex_of(const std::array<unsigned char, n>& id) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(id.data()), n));
}

bool is_member(std::string_view member) {
  const auto equals = member.find('=');
  return equals != std::string_view::npos && equals > 0 && equals + 1 < member.size();
}

} // namespace

std::string trace_context::trace_id() const { return hex_of(trace); }
std::string trace_context::span_id() const { return hex_of(span); }
std::string trace_context::traceparent() const {
  return "00-" + trace_id() + "-" + span_id() + "-" + to_hex(std::string(1, static_cast<char>(flags)));
}

std::optional<trace_context> parse_traceparent(std::string_view text) {
  if (text.size() < traceparent_bytes || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return std::nullopt;
  const auto version = text.substr(0, 2);
  const bool has_more = text.size() > traceparent_bytes;
  if (!is_lower_hex(version) || version == "ff" || (has_more && (version == "00" || text[traceparent_bytes] != '-')))
    return std::nullopt;
  trace_context c;
  std::array<unsigned char, 1> flags{};
  if (!read_hex(text.substr(3, 32), c.trace) || !read_hex(text.substr(36, 16), c.span) || !read_hex(text.substr(53, 2), flags) || is_zero(c.trace) ||
      is_zero(c.span))
    return std::nullopt;
  c.flags = version == "00" ? flags[0] : flags[0] & 1; // of a later version only this bit is known
  return c;
}

std::string_view valid_tracestate(std::string_view text) {
  if (text.empty() || text.size() > tracestate_bytes_max || !std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return {};
  std::size_t members = 0;
  for (std::size_t at = 0; at <= text.size(); ++members) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (!is_member(text.substr(at, end - at)))
      return {};
    at = end + 1;
  }
  return members <= tracestate_members_max ? text : std::string_view{};
}

} // namespace millrace
