#include "fold/cells.hpp"

#include "core/failure.hpp"
#include "json/document.hpp"

#include <algorithm>

namespace millrace::fold {

namespace {

constexpr std::ptrdiff_t digits_most = 200;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

// The exponent behind 'e'; nullopt when it is none. Held in ±10,000: what is farther has too many digits anyway.
std::optional<std::ptrdiff_t> take_exponent(std::string_view& rest) {
  if (rest.empty() || (rest[0] != 'e' && rest[0] != 'E'))
    return 0;
  rest.remove_prefix(1);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+'))
    rest.remove_prefix(1);
  const auto digits = take_digits(rest);
  if (digits.empty())
    return std::nullopt;
  std::ptrdiff_t value = 0;
  for (const char c : digits)
    value = std::min<std::ptrdiff_t>(value * 10 + (c - '0'), 10'000);
  return negative ? -value : value;
}

// Of canonical numbers without sign.
std::strong_ordering compare_magnitudes(std::string_view a, std::string_view b) {
  const auto whole = [](std::string_view n) { return n.substr(0, n.find('.')); };
  if (const auto by_size = whole(a).size() <=> whole(b).size(); by_size != 0)
    return by_size;
  return a <=> b; // equally long before the point: digit by digit
}

} // namespace

std::optional<std::string> canonical_decimal(std::string_view written) {
  const bool negative = written.starts_with('-');
  if (negative || written.starts_with('+'))
    written.remove_prefix(1);
  const auto whole = take_digits(written);
  std::string_view fraction;
  if (written.starts_with('.')) {
    written.remove_prefix(1);
    fraction = take_digits(written);
  }
  if (whole.empty() && fraction.empty())
    return std::nullopt;
  const auto exponent = take_exponent(written);
  if (!exponent || !written.empty())
    return std::nullopt;

  std::string digits(whole);
  digits += fraction;
  auto point = static_cast<std::ptrdiff_t>(whole.size()) + *exponent; // so many digits stand before it
  const auto first = std::min(digits.find_first_not_of('0'), digits.size());
  digits.erase(0, first);
  point -= static_cast<std::ptrdiff_t>(first);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.empty())
    return "0";
  const auto size = static_cast<std::ptrdiff_t>(digits.size());
  if (point > digits_most || size - point > digits_most)
    return std::nullopt;
  if (point <= 0)
    digits = "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  else if (point >= size)
    digits.append(static_cast<std::size_t>(point - size), '0');
  else
    digits.insert(static_cast<std::size_t>(point), 1, '.');
  return negative ? '-' + digits : digits;
}

void check_cells(const table& t, const row& r) {
  for (std::size_t c = 0; c < r.size() && c < t.columns.size(); ++c) {
    if (!r[c])
      continue;
    const auto wrong = [&](const char* what) { throw bug(t.name + "." + t.columns[c].name + " is " + what + ": " + r[c]->substr(0, 60)); };
    if (t.columns[c].type == column_type::decimal && canonical_decimal(*r[c]) != r[c])
      wrong("no canonical decimal");
    else if (t.columns[c].type == column_type::json && !json::parse(*r[c]))
      wrong("no JSON text");
  }
}

std::strong_ordering compare_cells(column_type type, std::string_view a, std::string_view b) {
  if (type != column_type::integer && type != column_type::decimal)
    return a <=> b;
  const bool a_negative = a.starts_with('-'), b_negative = b.starts_with('-');
  if (a_negative != b_negative)
    return a_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  return a_negative ? compare_magnitudes(b.substr(1), a.substr(1)) : compare_magnitudes(a, b);
}

} // namespace millrace::fold
