#include "event/stamp.hpp"

#include "core/failure.hpp"
#include "crypto/hash.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t kind_at = 8;
constexpr std::size_t tie_at = 9;

} // namespace

stamp stamp::make(instant event_time, bool last_at_equal_times, std::string_view dedupe_key, std::string_view kind,
                  std::string_view key, unsigned before) {
  if (event_time.us < 0)
    throw bug("a stamp's time lies before 1970: event times start at 2000");
  stamp s;
  const auto us = static_cast<std::uint64_t>(event_time.us);
  for (std::size_t i = 0; i < kind_at; ++i)
    s.bytes[i] = static_cast<unsigned char>(us >> (8 * (kind_at - 1 - i)));
  s.bytes[kind_at] = last_at_equal_times ? 1 : 0;
  // With its length before each part, no two lists of parts are one text.
  std::string named;
  const auto number = std::to_string(before);
  for (const auto part : {dedupe_key, kind, key, std::string_view(number)}) {
    named += std::to_string(part.size());
    named += ':';
    named += part;
  }
  const auto digest = crypto::sha256(named);
  std::copy_n(digest.begin(), s.bytes.size() - tie_at, s.bytes.begin() + tie_at);
  return s;
}

stamp stamp::from_bytes(std::string_view twenty_five) {
  stamp s;
  if (twenty_five.size() != s.bytes.size())
    throw bug("a stamp has 25 bytes, not " + std::to_string(twenty_five.size()));
  std::copy(twenty_five.begin(), twenty_five.end(), s.bytes.begin());
  return s;
}

instant stamp::time() const {
  std::uint64_t us = 0;
  for (std::size_t i = 0; i < kind_at; ++i)
    us = us << 8 | bytes[i];
  return {static_cast<std::int64_t>(us)};
}

} // namespace millrace
