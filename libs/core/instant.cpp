#include "core/instant.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"

#include <chrono>

namespace millrace {
namespace {

constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t first_us = -62'135'596'800 * second_us;      // 0001-01-01T00:00:00Z
constexpr std::int64_t last_us = 253'402'300'800 * second_us - 1;   // 9999-12-31T23:59:59.999999Z

fault bad_time(std::string_view text, std::string_view why) {
  return bad("bad_time", "", millrace::format("'{}' {}", text.substr(0, 64), why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a text from left to right; every take says whether it was there.
struct cursor {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view choices) {
    if (rest.empty() || choices.find(rest.front()) == std::string_view::npos)
      return false;
    rest.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest.size() < count)
      return std::nullopt;
    int n = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest[i]))
        return std::nullopt;
      n = n * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return n;
  }
  // Digits of a fraction, at least one, as microseconds; what is finer is cut.
  std::optional<std::int64_t> fraction_us() {
    std::int64_t us = 0, unit = second_us / 10;
    std::size_t count = 0;
    for (; count < rest.size() && is_digit(rest[count]); ++count, unit /= 10)
      us += (rest[count] - '0') * unit;
    if (count == 0)
      return std::nullopt;
    rest.remove_prefix(count);
    return us;
  }
};

// The day's number since 1970-01-01, or nothing if there is no such day.
std::optional<std::int64_t> day_number(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1 || !date.ok())
    return std::nullopt;
  return sys_days{date}.time_since_epoch().count();
}

// "2026-11-21", separator, "00:18:44", fraction: as if in UTC.
std::optional<std::int64_t> take_date_and_time(cursor& c, std::string_view separators) {
  const auto year = c.digits(4);
  if (!year || !c.take('-'))
    return std::nullopt;
  const auto month = c.digits(2);
  if (!month || !c.take('-'))
    return std::nullopt;
  const auto day = c.digits(2);
  if (!day || !c.take_any(separators))
    return std::nullopt;
  const auto hour = c.digits(2);
  if (!hour || !c.take(':'))
    return std::nullopt;
  const auto minute = c.digits(2);
  if (!minute || !c.take(':'))
    return std::nullopt;
  const auto second = c.digits(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  std::int64_t us = 0;
  if (c.take('.')) {
    const auto fraction = c.fraction_us();
    if (!fraction)
      return std::nullopt;
    us = *fraction;
  }
  const auto date = day_number(*year, *month, *day);
  if (!date)
    return std::nullopt;
  return *date * day_us + *hour * 60 * minute_us + *minute * minute_us + *second * second_us + us;
}

// "Z", "+hh:mm", "+hhmm" or "+hh" in minutes.
std::optional<int> take_offset_minutes(cursor& c) {
  if (c.take_any("Zz"))
    return 0;
  const bool west = c.take('-');
  if (!west && !c.take('+'))
    return std::nullopt;
  const auto hours = c.digits(2);
  if (!hours || *hours > 23)
    return std::nullopt;
  int minutes = 0;
  const bool colon = c.take(':');
  if (colon || !c.rest.empty()) {
    const auto m = c.digits(2);
    if (!m || *m > 59)
      return std::nullopt;
    minutes = *m;
  }
  const int offset = *hours * 60 + minutes;
  return west ? -offset : offset;
}

result<instant> in_range(std::int64_t us, std::string_view text) {
  if (us < first_us || us > last_us)
    return bad_time(text, "is outside the years 0001 to 9999");
  return instant{us};
}

struct parts {
  std::chrono::year_month_day date;
  int hour, minute, second, us;
};

parts parts_of(instant t) {
  using namespace std::chrono;
  const std::int64_t day = t.us >= 0 ? t.us / day_us : -((-t.us + day_us - 1) / day_us);
  const std::int64_t rest = t.us - day * day_us;
  return {year_month_day{sys_days{days{day}}}, static_cast<int>(rest / (60 * minute_us)),
          static_cast<int>(rest / minute_us % 60), static_cast<int>(rest / second_us % 60),
          static_cast<int>(rest % second_us)};
}

// Writes n into the digits that end before `end`. By hand, because the gateway writes three times an event.
void put_digits(std::string& out, std::size_t begin, std::size_t end, int n) {
  for (std::size_t i = end; i > begin; n /= 10)
    out[--i] = static_cast<char>('0' + n % 10);
}

// With six digits of the fraction, and room for a zone.
std::string date_and_time(const parts& p, char separator) {
  const int year{p.date.year()};
  if (year < 0 || year > 9999)
    return millrace::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:06}", year, unsigned{p.date.month()},
                            unsigned{p.date.day()}, separator, p.hour, p.minute, p.second, p.us);
  constexpr std::string_view form = "0000-00-00T00:00:00.000000";
  std::string out;
  out.reserve(form.size() + std::string_view("+00").size());
  out = form;
  out[10] = separator;
  put_digits(out, 0, 4, year);
  put_digits(out, 5, 7, static_cast<int>(unsigned{p.date.month()}));
  put_digits(out, 8, 10, static_cast<int>(unsigned{p.date.day()}));
  put_digits(out, 11, 13, p.hour);
  put_digits(out, 14, 16, p.minute);
  put_digits(out, 17, 19, p.second);
  put_digits(out, 20, 26, p.us);
  return out;
}

} // namespace

result<instant> parse_rfc3339(std::string_view text, std::optional<int> zone_offset_minutes) {
  cursor c{text};
  const auto local = take_date_and_time(c, "Tt ");
  if (!local)
    return bad_time(text, "is no RFC 3339 time (2026-11-21T00:18:44Z)");
  std::optional<int> offset;
  if (c.rest.empty()) {
    if (!zone_offset_minutes)
      return bad_time(text, "has no zone");
    offset = zone_offset_minutes;
  } else {
    offset = take_offset_minutes(c);
    if (!offset || !c.rest.empty())
      return bad_time(text, "has a zone that is neither Z nor an offset (+01:00)");
  }
  return in_range(*local - *offset * minute_us, text);
}

result<instant> parse_epoch_s(std::string_view text) {
  cursor c{text};
  std::int64_t seconds = 0, us = 0;
  std::size_t count = 0;
  for (; !c.rest.empty() && is_digit(c.rest.front()); c.rest.remove_prefix(1)) {
    if (++count > 12)
      return bad_time(text, "has more than 12 digits of seconds");
    seconds = seconds * 10 + (c.rest.front() - '0');
  }
  bool whole = count > 0;
  if (whole && c.take('.')) {
    const auto fraction = c.fraction_us();
    whole = fraction.has_value();
    us = fraction.value_or(0);
  }
  if (!whole || !c.rest.empty())
    return bad_time(text, "is no decimal number of seconds");
  return in_range(seconds * second_us + us, text);
}

result<instant> parse_epoch_ms(std::string_view text) {
  if (text.empty() || text.size() > 15)
    return bad_time(text, "is no number of milliseconds of 1 to 15 digits");
  std::int64_t ms = 0;
  for (const char d : text) {
    if (!is_digit(d))
      return bad_time(text, "is no whole number of milliseconds");
    ms = ms * 10 + (d - '0');
  }
  return in_range(ms * 1000, text);
}

result<instant> parse_twilio_time(std::string_view text) {
  cursor c{text};
  const auto year = c.digits(2), month = c.digits(2), day = c.digits(2), hour = c.digits(2), minute = c.digits(2);
  if (!year || !month || !day || !hour || !minute || !c.rest.empty() || *hour > 23 || *minute > 59)
    return bad_time(text, "is no YYMMDDhhmm");
  const auto date = day_number(2000 + *year, *month, *day);
  if (!date)
    return bad_time(text, "names a day that is not in the calendar");
  return instant{*date * day_us + (*hour * 60 + *minute) * minute_us};
}

std::string to_rfc3339(instant t) {
  const auto p = parts_of(t);
  return date_and_time(p, 'T') + 'Z';
}

std::string to_postgres(instant t) {
  const auto p = parts_of(t);
  std::string out = date_and_time(p, ' ');
  while (out.back() == '0' && p.us != 0)
    out.pop_back();
  if (p.us == 0)
    out.resize(out.size() - std::string_view(".000000").size());
  out += "+00";
  return out;
}

instant from_postgres(std::string_view text) {
  cursor c{text};
  const auto us = take_date_and_time(c, " ");
  if (!us || c.rest != "+00")
    throw bug(millrace::format("'{}' is no timestamptz in UTC as Postgres prints it", text.substr(0, 64)));
  return instant{*us};
}

int month_of(instant t) {
  const auto date = parts_of(t).date;
  return int{date.year()} * 12 + static_cast<int>(unsigned{date.month()}) - 1;
}

instant now() {
  using namespace std::chrono;
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

} // namespace millrace
