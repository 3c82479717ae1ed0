#include "core/instant.hpp"

#include "core/failure.hpp"

#include <gtest/gtest.h>

using namespace millrace;

namespace {
// The time as RFC 3339, or the fault's code.
std::string read(const result<instant>& r) { return r ? to_rfc3339(*r) : r.error().code; }
} // namespace

TEST(rfc3339, reads_what_providers_write) {
  const std::pair<const char*, const char*> cases[] = {
      {"2026-11-21T00:18:44Z", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21t00:18:44z", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21 00:18:44+00:00", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21T00:18:44.1Z", "2026-11-21T00:18:44.100000Z"},
      {"2026-11-21T00:18:44.123456789Z", "2026-11-21T00:18:44.123456Z"}, // cut, never rounded
      {"2026-11-21T00:18:44.999999999999999999999999999999Z", "2026-11-21T00:18:44.999999Z"},
      {"2026-11-21T01:18:44.5+01:00", "2026-11-21T00:18:44.500000Z"},
      {"2026-11-20T18:48:44-05:30", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21T01:18:44+0100", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21T01:18:44+01", "2026-11-21T00:18:44.000000Z"},
      {"2026-11-21T00:18:44-00:00", "2026-11-21T00:18:44.000000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"}, // a leap second
      {"2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500000Z"},
      {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"},
      {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z"},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(read(parse_rfc3339(text)), expected) << text;
}

TEST(rfc3339, refuses_what_is_no_time) {
  for (const std::string_view text :
       {"", "2026-11-21", "2026-11-21T00:18Z", "2026-11-21T00:18:44", "2026-11-21T00:18:44 Z", " 2026-11-21T00:18:44Z",
        "2026-11-21T00:18:44Z ", "2026-11-21T00:18:44ZZ", "2026-11-21T00:18:44.Z", "2026-11-21T00:18:44,5Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "26-01-01T00:00:00Z",
        "2026-1-1T00:00:00Z", "2026/01/01T00:00:00Z", "20260101T000000Z", "2026-01-01_00:00:00Z", "0000-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z", "-2026-01-01T00:00:00Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00+1", "2026-01-01T00:00:00+01:", "2026-01-01T00:00:00+01:0", "2026-01-01T00:00:00+010",
        "2026-01-01T00:00:00EST", "2026-01-01T-1:00:00Z", "2026-01-01T+1:00:00Z", "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z", "now"})
    EXPECT_EQ(read(parse_rfc3339(text)), "bad_time") << text;
  EXPECT_EQ(read(parse_rfc3339(std::string_view("2026-01-01T00:00:00Z\0", 21))), "bad_time");
}

TEST(rfc3339, a_text_without_zone_is_taken_in_the_given_one_only) {
  EXPECT_EQ(read(parse_rfc3339("2026-11-21 01:18:44", 60)), "2026-11-21T00:18:44.000000Z");
  EXPECT_EQ(read(parse_rfc3339("2026-11-20 18:18:44.25", -360)), "2026-11-21T00:18:44.250000Z");
  EXPECT_EQ(read(parse_rfc3339("2026-11-21 00:18:44", 0)), "2026-11-21T00:18:44.000000Z");
  EXPECT_EQ(read(parse_rfc3339("2026-11-21 00:18:44Z", 60)), "2026-11-21T00:18:44.000000Z"); // its own zone wins
  EXPECT_EQ(read(parse_rfc3339("2026-11-21 00:18:44")), "bad_time");
}

TEST(epoch, seconds_are_exact_to_the_microsecond) {
  EXPECT_EQ(parse_epoch_s("0")->us, 0);
  EXPECT_EQ(parse_epoch_s("1732147124")->us, 1'732'147'124'000'000);
  EXPECT_EQ(parse_epoch_s("1529006854.329574")->us, 1'529'006'854'329'574); // as Mailgun writes; a double would miss it
  EXPECT_EQ(parse_epoch_s("1529006854.3295749999")->us, 1'529'006'854'329'574);
  EXPECT_EQ(parse_epoch_s("0.000001")->us, 1);
  EXPECT_EQ(parse_epoch_s("0.0000009")->us, 0);
  EXPECT_EQ(parse_epoch_s("000000000001")->us, 1'000'000);
  EXPECT_EQ(read(parse_epoch_s("253402300799.999999")), "9999-12-31T23:59:59.999999Z");
  for (const auto* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1 ", " 1", "1_000", "0x1", "1.5.5", "253402300800",
                           "0000000000001", "1234567890123", "9999999999999999999999", "NaN", "1.5s", "1,5"})
    EXPECT_EQ(read(parse_epoch_s(text)), "bad_time") << text;
}

TEST(epoch, milliseconds_are_whole) {
  EXPECT_EQ(parse_epoch_ms("1732147124123")->us, 1'732'147'124'123'000);
  EXPECT_EQ(parse_epoch_ms("0")->us, 0);
  EXPECT_EQ(read(parse_epoch_ms("253402300799999")), "9999-12-31T23:59:59.999000Z");
  for (const auto* text : {"", "-1", "1.5", "1e3", " 1", "253402300800000", "1234567890123456", "999999999999999"})
    EXPECT_EQ(read(parse_epoch_ms(text)), "bad_time") << text;
}

TEST(twilio_time, is_minutes_in_utc) {
  EXPECT_EQ(read(parse_twilio_time("2611210018")), "2026-11-21T00:18:00.000000Z");
  EXPECT_EQ(read(parse_twilio_time("0002292359")), "2000-02-29T23:59:00.000000Z");
  for (const auto* text : {"", "261121001", "26112100180", "2613210018", "2602300018", "2611212400", "2611210060", "26112100a8"})
    EXPECT_EQ(read(parse_twilio_time(text)), "bad_time") << text;
}

TEST(postgres_time, prints_as_postgres_does_and_comes_back) {
  const std::pair<const char*, const char*> cases[] = {
      {"2026-11-21T00:18:44Z", "2026-11-21 00:18:44+00"},
      {"2026-11-21T00:18:44.120000Z", "2026-11-21 00:18:44.12+00"},
      {"2026-11-21T00:18:44.000001Z", "2026-11-21 00:18:44.000001+00"},
      {"1969-12-31T23:59:59.9Z", "1969-12-31 23:59:59.9+00"},
      {"0001-01-01T00:00:00Z", "0001-01-01 00:00:00+00"},
  };
  for (const auto& [text, expected] : cases) {
    const auto t = *parse_rfc3339(text);
    EXPECT_EQ(to_postgres(t), expected);
    EXPECT_EQ(from_postgres(expected), t);
  }
  for (const auto* text : {"", "infinity", "2026-11-21 00:18:44", "2026-11-21T00:18:44+00", "2026-11-21 00:18:44+01",
                           "0001-01-01 00:00:00+00 BC", "2026-11-21 00:18:44.+00"})
    EXPECT_THROW(from_postgres(text), bug) << text;
}

TEST(instant, every_day_of_four_centuries_comes_back) {
  for (std::int64_t day = -25'567; day < 120'000; ++day) {
    const instant t{day * 86'400 * second_us + 86'399'999'999};
    ASSERT_EQ(*parse_rfc3339(to_rfc3339(t)), t);
    ASSERT_EQ(from_postgres(to_postgres(t)), t);
  }
}

TEST(instant, month_counts_from_year_0) {
  EXPECT_EQ(month_of(*parse_rfc3339("2026-11-21T00:00:00Z")), 2026 * 12 + 10);
  EXPECT_EQ(month_of(*parse_rfc3339("2026-12-31T23:59:59.999999Z")) + 1, month_of(*parse_rfc3339("2027-01-01T00:00:00Z")));
  EXPECT_EQ(month_of(*parse_rfc3339("1969-12-31T23:59:59Z")), 1969 * 12 + 11);
}

TEST(instant, is_ordered_and_the_clock_goes_on) {
  EXPECT_LT(*parse_rfc3339("2026-11-21T00:00:00Z"), *parse_rfc3339("2026-11-21T00:00:00.000001Z"));
  EXPECT_GT(now(), *parse_rfc3339("2024-01-01T00:00:00Z"));
}
