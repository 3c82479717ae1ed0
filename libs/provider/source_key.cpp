#include "provider/source_key.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"

namespace millrace {
namespace {

crypto::mac_hash hash_of(scheme s) {
  return s == scheme::hmac_sha1     ? crypto::mac_hash::sha1
         : s == scheme::hmac_sha256 ? crypto::mac_hash::sha256
                                    : crypto::mac_hash::sha512;
}

// Anybody may know a public key: used as an HMAC key it would let anybody sign.
bool looks_public(std::string_view material) {
  return material.find("-----BEGIN") != std::string_view::npos || material.starts_with("whpk_");
}

result<crypto::public_key> parse_public(const signature_rule& rule, std::string_view material) {
  switch (rule.scheme) {
  case scheme::ed25519: return crypto::public_key::parse(crypto::algorithm::ed25519, material);
  case scheme::ecdsa_p256: return crypto::public_key::parse(crypto::algorithm::ecdsa_p256_sha256, material);
  default: return crypto::public_key::parse(crypto::algorithm::rsa_sha256, material);
  }
}

} // namespace

result<std::string> hmac_secret(const signature_rule& rule, std::string_view material) {
  for (const std::string& prefix : rule.key_strip)
    if (material.starts_with(prefix))
      material.remove_prefix(prefix.size());
  std::optional<std::string> bytes;
  switch (rule.key_encoding) {
  case signature_rule::key_form::utf8: bytes = std::string(material); break;
  case signature_rule::key_form::base64: bytes = from_base64(material); break;
  case signature_rule::key_form::hex: bytes = from_hex(material); break;
  }
  if (!bytes || bytes->empty())
    return bad("bad_key", "", rule.key_encoding == signature_rule::key_form::hex ? "the key is not hex" : "the key is not base64");
  return {boost::system::in_place_value, *std::move(bytes)}; // a fault, too, can be made of a text
}

std::string hash_secret(scheme s, std::string_view secret) {
  if (s != scheme::basic)
    return crypto::sha256(secret);
  const std::size_t colon = secret.find(':'); // a password may hold more of them
  if (colon == std::string_view::npos)
    return {};
  return crypto::sha256(secret.substr(0, colon)) + crypto::sha256(secret.substr(colon + 1));
}

result<key_use> key_use::make(const signature_rule& rule, std::string_view material) {
  key_use use;
  use.rule = &rule;
  if (!rule.key_needs.empty() && !material.starts_with(rule.key_needs))
    return bad("bad_key", "", "a key for `" + rule.id + "` starts with `" + rule.key_needs + "`");
  if (is_public_key(rule.scheme)) {
    auto key = parse_public(rule, material);
    if (!key)
      return key.error();
    if (rule.scheme == scheme::sns)
      use.key_sha1 = *crypto::public_key::parse(crypto::algorithm::rsa_sha1, material);
    use.key = *std::move(key);
    return use;
  }
  if (looks_public(material))
    return bad("bad_key", "", "a public key cannot be the shared secret of `" + rule.id + "`");
  if (is_shared_secret(rule.scheme)) {
    use.secret_hash = hash_secret(rule.scheme, material);
    if (use.secret_hash.empty())
      return bad("bad_key", "", "a key for `" + rule.id + "` is written user:password");
    return use;
  }
  auto secret = hmac_secret(rule, material);
  if (!secret)
    return secret.error();
  use.mac.emplace(hash_of(rule.scheme), *secret);
  return use;
}

} // namespace millrace
