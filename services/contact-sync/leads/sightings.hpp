// What each sighting of a lead is recognised by, and what they add to the day's counters. Pure.
#pragma once

#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::contact_sync::leads {

// Hex SHA-1 of "digits|source|city|lat|lon|UTC day": source and city in lower case ("unknown" and "" where unsaid), the coordinates
// rounded to three places, half away from zero.
std::string fingerprint(std::string_view phone, const fold::fact& sighting);
// A decimal cell rounded to three places, half away from zero, in canonical form.
std::string rounded_to_thousandths(std::string_view decimal);

// "<day>:<added>:<duplicates>", joined by commas, by day: of each life (between deletions) the first sighting is added on its
// day; of the others each is a duplicate on its day, unless it is one item of one job's report told again.
fold::cell seen_days(std::span<const fold::fact> seen, std::span<const fold::fact> deleted);

// "2026-11-21": the UTC day of a moment. And a count as facts and cells hold it; 0 for what is none.
std::string day_of(instant t);
std::int64_t number_of(std::string_view text);

} // namespace millrace::contact_sync::leads
