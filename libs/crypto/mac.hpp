// An HMAC key made ready once: what verification costs per request is hashing the message (OpenSSL). Immutable, may be
// shared by threads.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace millrace::crypto {

enum class mac_hash { sha1, sha256, sha512 };

// A raw MAC of 20, 32 or 64 bytes, without an allocation.
struct mac {
  std::array<char, 64> bytes;
  std::size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

class mac_key {
public:
  mac_key(mac_hash hash, std::string_view key);
  // HMAC (RFC 2104) of the pieces as if they were one text; none of them is copied.
  mac sign(std::span<const std::string_view> pieces) const;
  mac sign(std::initializer_list<std::string_view> pieces) const {
    return sign(std::span<const std::string_view>(pieces.begin(), pieces.size()));
  }

private:
  struct state;
  std::shared_ptr<const state> state_;
};

} // namespace millrace::crypto
