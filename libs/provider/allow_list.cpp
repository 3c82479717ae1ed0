#include "provider/allow_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace millrace {
namespace {

struct address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0; // 32 or 128
};

std::optional<address> parse_address(std::string_view text) {
  if (text.size() > 45)
    return std::nullopt;
  const std::string name(text);
  address a;
  if (inet_pton(AF_INET, name.c_str(), a.bytes.data()) == 1) {
    a.bits = 32;
    return a;
  }
  if (inet_pton(AF_INET6, name.c_str(), a.bytes.data()) != 1)
    return std::nullopt;
  a.bits = 128;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), a.bytes.begin())) {
    std::copy(a.bytes.begin() + 12, a.bytes.end(), a.bytes.begin());
    a.bits = 32;
  }
  return a;
}

struct range {
  address base;
  int prefix = 0;
};

std::optional<range> parse_range(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  const auto base = parse_address(cidr.substr(0, slash));
  if (!base)
    return std::nullopt;
  range r{*base, base->bits};
  if (slash == std::string_view::npos)
    return r;
  const std::string_view digits = cidr.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), r.prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || r.prefix < 0 || r.prefix > base->bits)
    return std::nullopt;
  return r;
}

bool contains(const range& r, const address& a) {
  if (a.bits != r.base.bits)
    return false;
  for (int bit = 0; bit < r.prefix; bit += 8) {
    const auto i = static_cast<std::size_t>(bit / 8);
    const int rest = std::min(8, r.prefix - bit);
    const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
    if ((a.bytes[i] & mask) != (r.base.bytes[i] & mask))
      return false;
  }
  return true;
}

} // namespace

bool is_address_range(std::string_view cidr) { return parse_range(cidr).has_value(); }

bool in_ranges(const std::vector<std::string>& ranges, std::string_view text) {
  const auto a = parse_address(text);
  return a && std::any_of(ranges.begin(), ranges.end(), [&](const std::string& cidr) {
           const auto r = parse_range(cidr);
           return r && contains(*r, *a);
         });
}

} // namespace millrace
