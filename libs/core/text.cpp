#include "core/text.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

bool continues(std::string_view t, std::size_t i, unsigned char least = 0x80, unsigned char most = 0xbf) {
  if (i >= t.size())
    return false;
  const auto c = static_cast<unsigned char>(t[i]);
  return c >= least && c <= most;
}

// What stands at t[i]: how many bytes belong together, and whether they are one valid character. An invalid
// sequence is as long as the longest valid beginning (Unicode 15, §3.9 "substitution of maximal subparts"); an
// encoded surrogate counts as one sequence of three bytes.
struct sequence {
  std::size_t size;
  bool valid;
};

sequence sequence_at(std::string_view t, std::size_t i) {
  const auto c = static_cast<unsigned char>(t[i]);
  if (c < 0x80)
    return {1, true};
  if (c >= 0xc2 && c <= 0xdf)
    return continues(t, i + 1) ? sequence{2, true} : sequence{1, false};
  if (c == 0xed && continues(t, i + 1, 0xa0, 0xbf) && continues(t, i + 2))
    return {3, false};
  if (c >= 0xe0 && c <= 0xef) {
    if (!continues(t, i + 1, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf))
      return {1, false};
    return continues(t, i + 2) ? sequence{3, true} : sequence{2, false};
  }
  if (c >= 0xf0 && c <= 0xf4) {
    if (!continues(t, i + 1, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf))
      return {1, false};
    if (!continues(t, i + 2))
      return {2, false};
    return continues(t, i + 3) ? sequence{4, true} : sequence{3, false};
  }
  return {1, false};
}

constexpr std::uint64_t ones = 0x0101'0101'0101'0101, tops = ones << 7; // of each byte the lowest and the highest bit

// The length of the run from i that is ASCII (without NUL, if that is not allowed), sixteen and eight bytes at a step.
std::size_t ascii_run(std::string_view t, std::size_t i, bool with_nul) {
  const std::size_t from = i;
#if defined(__SSE2__)
  const auto below = _mm_set1_epi8(with_nul ? -1 : 0);
  while (t.size() - i >= 16 &&
         _mm_movemask_epi8(_mm_cmpgt_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(t.data() + i)), below)) == 0xffff)
    i += 16;
#endif
  for (std::uint64_t eight; t.size() - i >= 8; i += 8) {
    std::memcpy(&eight, t.data() + i, 8);
    if (((eight | (with_nul ? 0 : eight - ones)) & tops) != 0)
      break;
  }
  while (i < t.size() && static_cast<unsigned char>(t[i]) < 0x80 && (with_nul || t[i] != '\0'))
    ++i;
  return i - from;
}

bool is_valid(std::string_view text, bool with_nul) {
  for (std::size_t i = ascii_run(text, 0, with_nul); i < text.size(); i += ascii_run(text, i, with_nul)) {
    const auto s = sequence_at(text, i);
    if (!s.valid || (!with_nul && text[i] == '\0'))
      return false;
    i += s.size;
  }
  return true;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c);

// Optimal string alignment: insertions, deletions, changes and exchanges of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    d[i][0] = i;
  for (std::size_t k = 0; k <= b.size(); ++k)
    d[0][k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const bool same = lower(a[i - 1]) == lower(b[k - 1]);
      d[i][k] = std::min({d[i - 1][k] + 1, d[i][k - 1] + 1, d[i - 1][k - 1] + (same ? 0 : 1)});
      if (i > 1 && k > 1 && lower(a[i - 1]) == lower(b[k - 2]) && lower(a[i - 2]) == lower(b[k - 1]))
        d[i][k] = std::min(d[i][k], d[i - 2][k - 2] + 1);
    }
  return d[a.size()][b.size()];
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

} // namespace

bool is_utf8(std::string_view text) { return is_valid(text, true); }

bool is_storable(std::string_view text) { return is_valid(text, false); }

storable_text make_storable(std::string_view text) {
  storable_text out;
  if (is_storable(text)) {
    out.text = text;
    return out;
  }
  out.text.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    const auto s = sequence_at(text, i);
    if (s.valid && text[i] != '\0') {
      out.text.append(text.substr(i, s.size));
    } else {
      out.text += replacement;
      ++out.replaced;
    }
    i += s.size;
  }
  return out;
}

// Sixteen bytes at a time where every machine of the architecture can; then eight, of which the highest bit says that
// the byte, or one after a true hit, may be special.
std::size_t find_special(std::string_view text, std::size_t from, char a, char b) {
  std::size_t i = from;
#if defined(__SSE2__)
  const auto wide_a = _mm_set1_epi8(a), wide_b = _mm_set1_epi8(b), last_control = _mm_set1_epi8(0x1f);
  for (; i + 16 <= text.size(); i += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    const auto control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const auto hits = _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(bytes, wide_a), _mm_cmpeq_epi8(bytes, wide_b)));
    if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits)); mask != 0)
      return i + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  const auto zero_bytes = [](std::uint64_t x) { return (x - ones) & ~x & tops; };
  const auto all_a = ones * static_cast<unsigned char>(a), all_b = ones * static_cast<unsigned char>(b);
  for (std::uint64_t eight; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((((eight - ones * 0x20) & ~eight & tops) | zero_bytes(eight ^ all_a) | zero_bytes(eight ^ all_b)) != 0)
      break;
  }
  for (; i < text.size(); ++i)
    if (const char c = text[i]; static_cast<unsigned char>(c) < 0x20 || c == a || c == b)
      return i;
  return text.size();
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = lower(c);
  return out;
}

bool ascii_iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i]))
      return false;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos)
      return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t word_most = 100; // the table is of both sizes
  std::optional<std::string_view> best;
  std::size_t least = 0;
  for (const auto candidate : candidates) {
    if (word.size() > word_most || candidate.size() > word_most)
      continue;
    const std::size_t d = distance(word, candidate);
    if (3 * d <= std::max(word.size(), candidate.size()) && (!best || d < least)) {
      best = candidate;
      least = d;
    }
  }
  return best;
}

} // namespace millrace
