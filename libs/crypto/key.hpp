// Public keys and signatures by them (OpenSSL 3). A key is immutable and may be shared by threads.
#pragma once

#include "core/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::crypto {

enum class algorithm { ed25519, ecdsa_p256_sha256, rsa_sha256, rsa_sha1 };

class public_key {
public:
  // PEM (SubjectPublicKeyInfo), or base64 of DER SPKI, or (Ed25519) base64 of the raw 32 bytes, also behind `whpk_`.
  // Fault `bad_key` when it is none of these or does not fit the algorithm (RSA under 2,048 bits is refused).
  static result<public_key> parse(algorithm a, std::string_view text);
  // signature: raw bytes (Ed25519 64 bytes, ECDSA DER, RSA PKCS#1 v1.5). False for anything that does not verify.
  bool verifies(std::string_view signature, std::string_view bytes) const;
  algorithm kind() const { return algorithm_; }

private:
  struct handle;
  algorithm algorithm_{};
  std::shared_ptr<const handle> handle_;
};

// For the CLI, the demo and tests: signs as a provider would.
class private_key {
public:
  static result<private_key> parse(algorithm a, std::string_view pem);
  static private_key generate(algorithm a);
  std::string sign(std::string_view bytes) const; // raw signature
  std::string pem() const;
  std::string public_pem() const;
  std::string public_raw() const; // Ed25519: 32 bytes

private:
  struct handle;
  algorithm algorithm_{};
  std::shared_ptr<const handle> handle_;
};

} // namespace millrace::crypto
