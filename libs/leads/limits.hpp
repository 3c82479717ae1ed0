// Limits of what lead workers and people may say; beyond them a field is cut, held or unsaid. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::leads {

// What a rule looks into, in this order, and the languages of keywords and templates.
inline constexpr std::string_view rule_targets[] = {"name", "types", "website", "email", "source_url", "city", "country", "phone"};
inline constexpr std::string_view languages[] = {"ar", "en", "fr"};

inline constexpr std::size_t id_bytes_max = 200;       // longer ids are nobody's: they stand in indexes
inline constexpr std::size_t items_max = 1000;         // of one report; the rest are rejected
inline constexpr std::size_t key_bytes_max = 100;      // an idempotency key
inline constexpr std::size_t account_bytes_max = 450; // "<provider>:<account>", as it stands in keys
// How a secret begins that is not in the clear.
inline constexpr std::string_view hashed_begins[] = {"$2", "$argon2", "$scrypt", "$pbkdf2"}, sealed_begins[] = {"sealed:"};
inline constexpr std::size_t name_characters_max = 200; // names, cities, countries, regions
inline constexpr std::size_t log_characters_max = 2000; // logs, errors, rejected items
inline constexpr std::size_t reason_characters_max = 200;
inline constexpr std::size_t pattern_bytes_max = 500;    // keywords and patterns of rules: a longer one never matches
inline constexpr std::size_t url_bytes_max = 2048;
inline constexpr std::size_t email_bytes_max = 320;
inline constexpr std::size_t social_bytes_max = 8192;
inline constexpr std::size_t response_bytes_max = 65'536;

inline constexpr std::int64_t lease_s_min = 30, lease_s_max = 600;
inline constexpr std::int64_t extend_s_min = 60, extend_s_max = 600, extend_s_otherwise = 120;

// The first so many characters (code points of UTF-8).
std::string cut_characters(std::string_view text, std::size_t most);

} // namespace millrace::leads
