#include "core/encoding.hpp"

#include <array>

namespace millrace {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using reverse_table = std::array<std::int8_t, 256>;

constexpr reverse_table reverse_of(std::string_view digits) {
  reverse_table t{};
  for (auto& x : t)
    x = -1;
  for (std::size_t i = 0; i < digits.size(); ++i)
    t[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  return t;
}

constexpr reverse_table hex_values = [] {
  auto t = reverse_of(hex_digits);
  for (int i = 0; i < 6; ++i)
    t[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  return t;
}();
constexpr reverse_table base64_values = reverse_of(base64_digits);
constexpr reverse_table base64url_values = reverse_of(base64url_digits);

int value_of(const reverse_table& table, char c) { return table[static_cast<unsigned char>(c)]; }

// Cuts correct padding; nullopt if padding is there but wrong.
std::optional<std::string_view> without_padding(std::string_view text) {
  std::size_t padding = 0;
  while (padding < text.size() && text[text.size() - 1 - padding] == '=')
    ++padding;
  if (padding > 2 || (padding > 0 && text.size() % 4 != 0))
    return std::nullopt;
  text.remove_suffix(padding);
  if (text.size() % 4 == 1)
    return std::nullopt;
  return text;
}

std::optional<std::string> decode(std::string_view padded, const reverse_table& table) {
  const auto text = without_padding(padded);
  if (!text)
    return std::nullopt;
  std::string out;
  out.reserve(text->size() * 3 / 4 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : *text) {
    const int v = value_of(table, c);
    if (v < 0)
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(v);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

bool unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void add_escape(std::string& out, unsigned char c) {
  constexpr std::string_view upper = "0123456789ABCDEF";
  out += '%';
  out += upper[c >> 4];
  out += upper[c & 15];
}

std::optional<std::string> percent_decode_with(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3)
        return std::nullopt;
      const int high = value_of(hex_values, text[i + 1]), low = value_of(hex_values, text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

} // namespace

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '0');
  auto* at = out.data();
  for (const unsigned char c : bytes) {
    *at++ = hex_digits[c >> 4];
    *at++ = hex_digits[c & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(hex_values, text[i]), low = value_of(hex_values, text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const unsigned char c : bytes) {
    bits = bits << 8 | c;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += base64_digits[bits >> held & 63];
    }
  }
  if (held > 0)
    out += base64_digits[bits << (6 - held) & 63];
  while (out.size() % 4 != 0)
    out += '=';
  return out;
}

std::optional<std::string> from_base64(std::string_view text) { return decode(text, base64_values); }
std::optional<std::string> from_base64url(std::string_view text) { return decode(text, base64url_values); }

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const unsigned char c : text) {
    if (unreserved(c))
      out += static_cast<char>(c);
    else
      add_escape(out, c);
  }
  return out;
}

std::string percent_encode_only(std::string_view text, std::string_view reserved) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '%' || reserved.find(c) != std::string_view::npos)
      add_escape(out, static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::optional<std::string> form_decode(std::string_view text) { return percent_decode_with(text, true); }
std::optional<std::string> percent_decode(std::string_view text) { return percent_decode_with(text, false); }

} // namespace millrace
