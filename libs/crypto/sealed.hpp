// Secrets sealed to a public key, so that they can stand in a log that anybody may read: X25519 with a key made for the one
// secret, HKDF-SHA-256, AES-256-GCM (OpenSSL). What they belong to is bound in: moved elsewhere, they do not open. Pure but for
// random bytes; a key is immutable and may be shared by threads.
#pragma once

#include "core/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::crypto {

class sealing_key;

// "sealed:1:" and base64 of the public half of the one-time key, the ciphertext and its tag. `belongs_to` is bound in, not
// hidden. Fault `bad_key` when `public_key` (base64 of 32 bytes) is none.
result<std::string> seal(std::string_view public_key, std::string_view belongs_to, std::string_view secret);

// The private half: who holds it opens.
class sealing_key {
public:
  static sealing_key generate();
  // As `text()` wrote it. Fault `bad_key`.
  static result<sealing_key> parse(std::string_view text);
  std::string text() const;       // base64 of 32 bytes
  std::string public_text() const; // base64 of 32 bytes
  // Fault `not_sealed` (no such text), `not_ours` (sealed to another key, to another owner, or changed: nobody can tell which).
  result<std::string> open(std::string_view belongs_to, std::string_view sealed) const;

private:
  struct handle;
  std::shared_ptr<const handle> handle_;
};

} // namespace millrace::crypto
