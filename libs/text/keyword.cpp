#include "text/keyword.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uvernum.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace millrace {
namespace {

struct listed {
  std::string_view word;
  keyword::meaning action;
  keyword::origin list;
};

constexpr auto out = keyword::meaning::out;
constexpr auto in = keyword::meaning::in;
constexpr auto help = keyword::meaning::help;
constexpr auto source = keyword::origin::source;
constexpr auto memory = keyword::origin::memory;

// The union of what Twilio, Telnyx, AWS and Sinch document (en), Canada's bilingual rule (fr) and Twilio's short codes
// (es); `memory` holds words that no source confirms.
constexpr listed table[] = {
    {"stop", out, source},        {"stopall", out, source},    {"stop all", out, source},
    {"unsubscribe", out, source}, {"cancel", out, source},     {"end", out, source},
    {"quit", out, source},        {"revoke", out, source},     {"optout", out, source},
    {"opt-out", out, source},     {"opt out", out, source},    {"remove", out, source},
    {"arret", out, source},       {"arrete", out, source},     {"arrett", out, source},
    {"td", out, source},          {"alto", out, source},       {"desabonner", out, memory},
    {"stopper", out, memory},     {"parar", out, memory},      {"pare", out, memory},
    {"baja", out, memory},        {"cancelar", out, memory},   {"detener", out, memory},
    {"salir", out, memory},       {"sair", out, memory},       {"stopp", out, memory},
    {"abmelden", out, memory},    {"ende", out, memory},       {"basta", out, memory},
    {"annulla", out, memory},     {"stoppen", out, memory},    {"afmelden", out, memory},
    {"start", in, source},        {"unstop", in, source},      {"yes", in, source},
    {"debuter", in, source},      {"nonarret", in, source},    {"iniciar", in, memory},
    {"comenzar", in, memory},     {"help", help, source},      {"info", help, source},
    {"aide", help, source},       {"ayuda", help, source},     {"hilfe", help, memory},
};
constexpr std::size_t text_bytes_max = 4096; // no keyword needs more, whatever stands around it
constexpr std::ptrdiff_t word_letters_max = 16;

const icu::Normalizer2& folding() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status))
    throw std::runtime_error("ICU has no NFKC_Casefold data");
  return *instance;
}

const icu::Normalizer2& decomposing() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status))
    throw std::runtime_error("ICU has no NFD data");
  return *instance;
}

bool is_gap(UChar32 c) { return u_isUWhiteSpace(c) || u_charType(c) == U_DASH_PUNCTUATION; }

// Letters and digits make words; all else at the ends is decoration.
bool is_decoration(UChar32 c) { return !u_isalnum(c); }

icu::UnicodeString without_accents_and_doubled_gaps(const icu::UnicodeString& decomposed) {
  icu::UnicodeString kept;
  bool after_gap = false;
  for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    const auto type = u_charType(c);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
      continue;
    if (is_gap(c)) {
      after_gap = true;
      continue;
    }
    if (after_gap)
      kept.append(static_cast<UChar32>(' '));
    after_gap = false;
    kept.append(c);
  }
  return kept;
}

// Folding takes no ASCII letter or digit away: with more of them than the longest word has, a text is none.
bool is_too_long(std::string_view text) {
  const auto is_ascii_word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return text.size() > text_bytes_max || std::count_if(text.begin(), text.end(), is_ascii_word) > word_letters_max;
}

const std::map<std::string, listed, std::less<>>& words() {
  static const auto made = [] {
    std::map<std::string, listed, std::less<>> m;
    for (const auto& entry : table)
      m.emplace(normalise_keyword(entry.word), entry);
    return m;
  }();
  return made;
}

} // namespace

std::string normalise_keyword(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto raw = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  // NFKC_Casefold also drops what is ignorable by default: zero-width and direction marks, variation selectors.
  const auto folded = folding().normalize(raw, status);
  const auto decomposed = decomposing().normalize(folded, status);
  if (U_FAILURE(status))
    return {};
  auto kept = without_accents_and_doubled_gaps(decomposed);
  std::int32_t begin = 0, end = kept.length();
  while (begin < end && is_decoration(kept.char32At(begin)))
    begin = kept.moveIndex32(begin, 1);
  while (end > begin && is_decoration(kept.char32At(kept.moveIndex32(end, -1))))
    end = kept.moveIndex32(end, -1);
  std::string utf8;
  kept.tempSubStringBetween(begin, end).toUTF8String(utf8);
  return utf8;
}

std::optional<keyword> match_keyword(std::string_view text) {
  if (text.empty() || is_too_long(text))
    return std::nullopt;
  auto word = normalise_keyword(text);
  const auto found = words().find(word);
  if (found == words().end())
    return std::nullopt;
  return keyword{found->second.action, std::move(word), found->second.list};
}

std::string keyword_version() {
  std::string version = "keywords";
  for (const auto& [word, entry] : words())
    version += " " + word + "/" + std::to_string(static_cast<int>(entry.action)) +
               std::to_string(static_cast<int>(entry.list));
  return version + " ICU " U_ICU_VERSION " Unicode " U_UNICODE_VERSION;
}

} // namespace millrace
