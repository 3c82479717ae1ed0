#include "text/fold_case.hpp"

#include <unicode/ucasemap.h>
#include <unicode/utypes.h>

#include <algorithm>
#include <stdexcept>

namespace millrace {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Opened once and never closed; ICU lets any thread use a const map.
const UCaseMap* folding() {
  static const UCaseMap* const map = [] {
    UErrorCode status = U_ZERO_ERROR;
    const auto* opened = ucasemap_open("", U_FOLD_CASE_DEFAULT, &status);
    if (U_FAILURE(status))
      throw std::runtime_error("ICU has no case folding data");
    return opened;
  }();
  return map;
}

} // namespace

std::string fold_case(std::string_view text) {
  std::string out(text);
  if (is_ascii(text)) {
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
  }
  // Folding makes a text at most three times as long; broken UTF-8 becomes U+FFFD, which is three bytes for one.
  out.resize(text.size() * 3 + 1);
  UErrorCode status = U_ZERO_ERROR;
  const auto length = ucasemap_utf8FoldCase(folding(), out.data(), static_cast<int32_t>(out.size()), text.data(),
                                            static_cast<int32_t>(text.size()), &status);
  if (U_FAILURE(status))
    return std::string(text);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

bool equal_folded(std::string_view a, std::string_view b) {
  if (is_ascii(a) && is_ascii(b))
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
  return fold_case(a) == fold_case(b);
}

} // namespace millrace
