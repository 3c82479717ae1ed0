#include "event/event.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr std::size_t part_bytes_max = 200;
constexpr std::int64_t future_us_max = 5 * 60 * second_us;
constexpr instant earliest{946'684'800 * second_us}; // 2000-01-01T00:00:00Z

// A part of a key: '%' and ':' (the separator) percent-encoded; a long one is replaced by its hash.
std::string key_part(std::string_view part) {
  if (part.size() > part_bytes_max)
    return "sha256-" + to_hex(crypto::sha256(part));
  return percent_encode_only(part, ":");
}

} // namespace

instant event::time() const {
  const auto said = said_time.value_or(received);
  return std::max(std::min(said, instant{received.us + future_us_max}), earliest);
}

std::string event::key_hash() const { return crypto::sha256(dedupe_key); }

std::string make_dedupe_key(std::string_view provider, std::string_view account, std::string_view type,
                            std::string_view entity_id, std::string_view version) {
  std::string key = key_part(provider);
  for (auto part : std::array{account, type, entity_id, version}) {
    key += ':';
    key += key_part(part);
  }
  return key;
}

std::string make_partition_key(std::string_view account, std::string_view entity_id) {
  return key_part(account) + ":" + key_part(entity_id);
}

} // namespace millrace
