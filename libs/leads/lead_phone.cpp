#include "leads/lead_phone.hpp"

#include "core/text.hpp"
#include "text/fold_case.hpp"
#include "text/phone.hpp"

#include <algorithm>
#include <array>

namespace millrace::leads {
namespace {

struct country {
  std::string_view code;
  std::array<std::string_view, 5> names; // case-folded; English, Arabic, French, and how people shorten them
};

constexpr country countries[] = {
    {"SA", {"saudi arabia", "السعودية", "المملكة العربية السعودية", "arabie saoudite", "ksa"}},
    {"AE", {"united arab emirates", "الإمارات", "الإمارات العربية المتحدة", "émirats arabes unis", "uae"}},
    {"BH", {"bahrain", "البحرين", "bahreïn"}},
    {"KW", {"kuwait", "الكويت", "koweït"}},
    {"OM", {"oman", "عمان", "سلطنة عمان"}},
    {"QA", {"qatar", "قطر"}},
    {"YE", {"yemen", "اليمن", "yémen"}},
    {"EG", {"egypt", "مصر", "égypte"}},
    {"JO", {"jordan", "الأردن", "jordanie"}},
    {"LB", {"lebanon", "لبنان", "liban"}},
    {"IQ", {"iraq", "العراق", "irak"}},
    {"SY", {"syria", "سوريا", "syrie"}},
    {"SD", {"sudan", "السودان", "soudan"}},
    {"MA", {"morocco", "المغرب", "maroc"}},
    {"DZ", {"algeria", "الجزائر", "algérie"}},
    {"TN", {"tunisia", "تونس", "tunisie"}},
    {"LY", {"libya", "ليبيا", "libye"}},
    {"TR", {"turkey", "تركيا", "turquie", "türkiye"}},
    {"FR", {"france", "فرنسا"}},
    {"GB", {"united kingdom", "المملكة المتحدة", "royaume-uni", "uk", "great britain"}},
    {"US", {"united states", "الولايات المتحدة", "états-unis", "usa", "united states of america"}},
};

bool two_letters(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

} // namespace

std::optional<std::string_view> country_code(std::string_view written) {
  const auto text = trim(written);
  const auto folded = fold_case(text);
  for (const auto& c : countries)
    if (std::find(c.names.begin(), c.names.end(), folded) != c.names.end() && !folded.empty())
      return c.code;
  return two_letters(text) ? std::optional(text) : std::nullopt;
}

std::optional<std::string> lead_phone(std::string_view raw, std::string_view country) {
  return to_e164(trim(raw), country_code(country).value_or("SA"));
}

} // namespace millrace::leads
