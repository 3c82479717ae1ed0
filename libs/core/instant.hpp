// A point in time in microseconds since 1970-01-01T00:00:00Z, and the ways providers write one. Pure.
#pragma once

#include "core/result.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct instant {
  std::int64_t us = 0;
  friend auto operator<=>(const instant&, const instant&) = default;
};

constexpr std::int64_t second_us = 1'000'000;

// RFC 3339 with 'T' or a space, 'Z' or an offset, any number of fraction digits (cut to µs, never rounded).
// A text without zone is taken in `zone_offset_minutes` (0 = UTC) if given, else refused. Leap second :60 counts
// as the next second. Years 0001..9999. Fault code `bad_time`.
result<instant> parse_rfc3339(std::string_view text, std::optional<int> zone_offset_minutes = std::nullopt);
// Decimal seconds, at most 12 integer digits and an optional fraction (kept exactly to µs: no floating point), no
// sign, no exponent.
result<instant> parse_epoch_s(std::string_view text);
// Integer milliseconds, at most 15 digits.
result<instant> parse_epoch_ms(std::string_view text);
// Twilio's RawDlrDoneDate: YYMMDDhhmm, UTC.
result<instant> parse_twilio_time(std::string_view text);

// "2026-11-21T00:18:44.123456Z": always six fraction digits.
std::string to_rfc3339(instant t);
// As Postgres prints a timestamptz in UTC: "2026-11-21 00:18:44.123456+00", trailing zeros of the fraction cut.
std::string to_postgres(instant t);
// The inverse of to_postgres; throws bug on anything else.
instant from_postgres(std::string_view text);
// Months since year 0 of the instant's UTC date (year * 12 + month - 1): the partition of a raw row.
int month_of(instant t);

// The wall clock. Only shells may call it.
instant now();

} // namespace millrace
