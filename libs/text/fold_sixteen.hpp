// Sixteen bytes of a text folded at once, where they are of the characters that nearly all texts are of: printable ASCII, the letters of
// Latin-1 and of Arabic. What it says is what the table of fold_text.cpp says of each. Part of fold_text; pure; any thread.
#pragma once

#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>

namespace millrace::sixteen {

inline __m128i all(int byte) { return _mm_set1_epi8(static_cast<char>(byte)); }
inline __m128i is(__m128i x, int byte) { return _mm_cmpeq_epi8(x, all(byte)); }
inline __m128i within(__m128i x, int first, int last) {
  return _mm_cmpeq_epi8(_mm_max_epu8(_mm_min_epu8(x, all(last)), all(first)), x);
}
inline __m128i either(__m128i mask, __m128i yes, __m128i no) { return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no)); }

// Folds the sixteen bytes at `from`, where a character begins, to `to`, with one space for each. Answers how many bytes those
// characters are (15 if the last byte is but the first half of one); 0 if one of them is another, or if two spaces are neighbours.
inline std::size_t fold(const unsigned char* from, char* to) {
  const auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const auto before = _mm_slli_si128(x, 1);
  const auto latin = is(before, 0xC3), arabic = is(before, 0xD8), arabic_too = is(before, 0xD9);
  const auto behind_lead = _mm_or_si128(latin, _mm_or_si128(arabic, arabic_too));
  const auto lead = _mm_or_si128(is(x, 0xC3), _mm_or_si128(is(x, 0xD8), is(x, 0xD9)));
  // ß becomes two letters; tatweel, diacritics and what stands between the letters of Arabic are left to the table.
  const auto latin_known = _mm_andnot_si128(is(x, 0x9F), _mm_and_si128(latin, within(x, 0x80, 0xBF)));
  const auto arabic_known = _mm_or_si128(_mm_and_si128(arabic, within(x, 0xA1, 0xBA)),
                                         _mm_and_si128(arabic_too, _mm_or_si128(within(x, 0x81, 0x8A), within(x, 0xA0, 0xA9))));
  const auto two_spaces = _mm_and_si128(is(x, ' '), is(before, ' '));
  const auto begins = _mm_andnot_si128(_mm_or_si128(behind_lead, two_spaces), _mm_or_si128(within(x, ' ', '~'), lead));
  if (_mm_movemask_epi8(_mm_or_si128(begins, _mm_or_si128(latin_known, arabic_known))) != 0xFFFF)
    return 0;
  const auto capital = _mm_or_si128(within(x, 'A', 'Z'), _mm_andnot_si128(is(x, 0x97), _mm_and_si128(latin, within(x, 0x80, 0x9E))));
  auto y = _mm_add_epi8(x, _mm_and_si128(capital, all(0x20)));
  const auto alef = _mm_and_si128(arabic, _mm_or_si128(is(x, 0xA5), within(x, 0xA2, 0xA3)));
  y = either(alef, all(0xA7), y);
  const auto ta_marbuta = _mm_and_si128(arabic, is(x, 0xA9)); // its first byte changes too
  y = either(ta_marbuta, all(0x87), y);
  y = either(_mm_srli_si128(ta_marbuta, 1), all(0xD9), y);
  const auto alef_maqsura = _mm_and_si128(arabic_too, is(x, 0x89));
  y = either(alef_maqsura, all(0x8A), y);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), y);
  return (_mm_movemask_epi8(lead) & 0x8000) != 0 ? 15 : 16;
}

} // namespace millrace::sixteen
#endif
