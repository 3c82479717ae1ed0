#include "text/fold_text.hpp"

#include "text/fold_sixteen.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace millrace {
namespace {

// The Arabic tables are ours, not ICU's: a newer Unicode must not make stored texts differ. A change here raises the
// `version` of every function whose rows hold folded texts.
struct range {
  char32_t first, last;
};
// Harakat, Koranic marks, maddah and hamza above or below that NFKC left alone, and tatweel.
constexpr range arabic_dropped[] = {
    {0x0610, 0x061A}, {0x0640, 0x0640}, {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4},
    {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x0898, 0x089F}, {0x08CA, 0x08E1}, {0x08E3, 0x08FF},
};

constexpr bool is_dropped(char32_t c) {
  for (const auto& r : arabic_dropped)
    if (c >= r.first && c <= r.last)
      return true;
  return false;
}

constexpr char32_t arabic_letter(char32_t c) {
  switch (c) {
  case 0x0622: // with madda
  case 0x0623: // with hamza above
  case 0x0625: // with hamza below
  case 0x0671: // wasla
  case 0x0672: // with wavy hamza above
  case 0x0673: // with wavy hamza below
    return 0x0627;
  case 0x0629: // ta marbuta → ha
    return 0x0647;
  case 0x0649: // alef maqsura → ya
    return 0x064A;
  default:
    return c;
  }
}

const icu::Normalizer2& folding() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status))
    throw std::runtime_error("ICU has no NFKC_Casefold data");
  return *instance;
}

icu::UnicodeString normalized(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  auto folded = folding().normalize(text, status);
  if (U_FAILURE(status))
    throw std::runtime_error("ICU could not normalize a text");
  return folded;
}

icu::UnicodeString with_plain_arabic(const icu::UnicodeString& text) {
  icu::UnicodeString kept;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const auto c = static_cast<char32_t>(text.char32At(i));
    if (!is_dropped(c))
      kept.append(static_cast<UChar32>(arabic_letter(c)));
  }
  return kept;
}

icu::UnicodeString with_single_spaces(const icu::UnicodeString& text) {
  icu::UnicodeString kept;
  bool gap = false;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isUWhiteSpace(c)) {
      gap = true;
      continue;
    }
    if (gap && !kept.isEmpty())
      kept.append(static_cast<UChar32>(' '));
    gap = false;
    kept.append(c);
  }
  return kept;
}

// Any text. A dropped mark may have kept its neighbours from composing, so what is left is normalized until it is.
std::string fold_by_icu(std::string_view text) {
  const auto raw = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  auto folded = with_plain_arabic(normalized(raw));
  for (auto again = normalized(folded); again != folded; again = normalized(folded))
    folded = with_plain_arabic(again);
  std::string utf8;
  with_single_spaces(folded).toUTF8String(utf8);
  return utf8;
}

// Nearly all characters of nearly all texts fold the same whatever stands beside them. For those below U+3000 the
// result is looked up; the first other one (a combining accent, an emoji, a broken byte) sends the text through ICU,
// which costs about ten times as much.
constexpr char32_t known_end = 0x3000;

// Four bytes, so that one is read and written at once.
struct folded_character {
  static constexpr std::uint8_t space = 0xFE, unknown = 0xFF;
  std::array<char, 3> bytes{};
  std::uint8_t size = unknown; // of bytes, 0 to 3, or one of the two
};
static_assert(sizeof(folded_character) == 4);

// A mark that composes with nothing is gone whatever it stands on; maddah and hamza make other letters of some. What
// nobody sees is gone before anything composes.
bool stands_alone(char32_t c) {
  const bool composes = c >= 0x0653 && c <= 0x0655;
  return (is_dropped(c) && !composes) || folding().hasBoundaryBefore(static_cast<UChar32>(c)) ||
         normalized(static_cast<UChar32>(c)).isEmpty();
}

folded_character fold_one(char32_t c) {
  folded_character one;
  if (!stands_alone(c))
    return one;
  if (u_isUWhiteSpace(static_cast<UChar32>(c))) {
    one.size = folded_character::space;
    return one;
  }
  std::string utf8;
  icu::UnicodeString(static_cast<UChar32>(c)).toUTF8String(utf8);
  // Between two letters, so that a space that belongs to the result is seen.
  const auto folded = fold_by_icu("a" + utf8 + "a");
  const auto middle = folded.substr(1, folded.size() - 2);
  if (middle.size() > one.bytes.size() || middle.find(' ') != std::string::npos)
    return one;
  one.size = static_cast<std::uint8_t>(middle.size());
  std::copy(middle.begin(), middle.end(), one.bytes.begin());
  return one;
}

using folded_characters = std::array<folded_character, known_end>;

const folded_characters& known() {
  static const auto table = [] {
    auto made = std::make_unique<folded_characters>();
    for (char32_t c = 0; c < known_end; ++c)
      (*made)[c] = fold_one(c);
    return made;
  }();
  return *table;
}

bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// The character at `at`, which moves behind it; known_end for one that is broken or too far up.
char32_t next_character(const unsigned char*& at, const unsigned char* end) {
  const unsigned char lead = *at;
  if (lead < 0x80)
    return *at++;
  if (lead >= 0xC2 && lead < 0xE0 && end - at >= 2 && is_continuation(at[1])) {
    const char32_t c = (lead & 0x1Fu) << 6 | (at[1] & 0x3Fu);
    at += 2;
    return c;
  }
  if (lead >= 0xE0 && lead <= 0xE2 && end - at >= 3 && is_continuation(at[1]) && is_continuation(at[2])) {
    const char32_t c = (lead & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    at += 3;
    return c >= 0x800 ? c : known_end; // written longer than it is: broken
  }
  return known_end;
}

// Where a folded text is written to, one character after the other: white space becomes one space, and none at either end.
class folded_writer {
public:
  explicit folded_writer(char* first) : first_(first), to_(first) {}

  // False where it is not known what becomes of it.
  bool put(folded_character one) {
    if (one.size > one.bytes.size()) {
      gap_ = true;
      return one.size == folded_character::space;
    }
    if (one.size > 0)
      close_gap();
    std::memcpy(to_, &one, sizeof one);
    to_ += one.size;
    return true;
  }

#if defined(__SSE2__)
  // How many of the next sixteen bytes were put; 0 where one of them must be looked up.
  std::size_t put_sixteen(const unsigned char* at) {
    if (*at <= ' ')
      return 0;
    const bool space = gap_ && to_ != first_;
    auto put = sixteen::fold(at, to_ + space);
    if (put == 0)
      return 0;
    close_gap();
    to_ += put;
    if (to_[-1] == ' ') {
      --to_;
      gap_ = true;
    }
    return put;
  }
#endif

  char* end() const { return to_; }

private:
  void close_gap() {
    if (gap_ && to_ != first_)
      *to_++ = ' ';
    gap_ = false;
  }
  char* const first_;
  char* to_;
  bool gap_ = false;
};

// False at the first character that is not known: what was appended is of no use then.
bool fold_known(std::string_view text, std::string& out) {
  const auto& table = known();
  const auto begin = out.size();
  // Two bytes become three at most, and sixteen are written at once, as are four before they are cut.
  out.resize(begin + text.size() + text.size() / 2 + 16);
  folded_writer to(out.data() + begin);
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at != end) {
    const auto* by_table_until = end;
#if defined(__SSE2__)
    while (end - at >= 16) {
      const auto put = to.put_sixteen(at);
      at += put;
      if (put == 0) {
        by_table_until = at + 16;
        break;
      }
    }
#endif
    while (at < by_table_until) {
      const auto c = next_character(at, end);
      if (c >= known_end || !to.put(table[c]))
        return false;
    }
  }
  out.resize(static_cast<std::size_t>(to.end() - out.data()));
  return true;
}

} // namespace

bool fold_text_to(std::string_view text, std::string& out) {
  const auto begin = out.size();
  if (fold_known(text, out))
    return true;
  out.resize(begin);
  out += fold_by_icu(text);
  return false;
}

std::string fold_text(std::string_view text) {
  std::string out;
  fold_text_to(text, out);
  return out;
}

} // namespace millrace
