// Phone numbers as people and providers write them → E.164 (libphonenumber). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// E.164 of a *possible* number (its length fits its country: the tables of real ranges age), nullopt for all else:
// "", `{}`, short codes, local numbers without area code, alphanumeric senders, "client:agent", "whatsapp:+1…".
// `country` (ISO 3166-1 alpha-2, any case) is where national forms are at home; empty or unknown: only international
// forms count. "tel:" in front and an extension behind are cut off; "00…" is international everywhere.
std::optional<std::string> to_e164(std::string_view raw, std::string_view country);

// Whether libphonenumber knows how phones are written there (ISO 3166-1 alpha-2, any case).
bool is_country(std::string_view country);

// Names the loaded library exactly (soname and build id): two releases may fold one number differently.
std::string phone_library_version();

} // namespace millrace
