// The phone that names a lead. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::leads {

// ISO 3166-1 alpha-2 of a country as scrapers write it: the code itself, or its English, Arabic or French name, in any case.
// nullopt for what is not known.
std::optional<std::string_view> country_code(std::string_view written);

// E.164 of a *possible* number (real ranges age), whatever script its digits are of. `+` or a leading `00` keeps the number's own country;
// else it is the item's country, else Saudi Arabia, as in the system whose leads these are. nullopt for what is no phone.
std::optional<std::string> lead_phone(std::string_view raw, std::string_view country);

} // namespace millrace::leads
