// A key of a source, ready to verify with, and whom it may speak for. Internal to libs/provider; immutable, shared by
// all threads.
#pragma once

#include "core/instant.hpp"
#include "crypto/key.hpp"
#include "crypto/mac.hpp"
#include "provider/signature_rule.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct source;

// The key as one signature rule uses it: exactly one of the members after `rule` is set (sns: both public keys).
struct key_use {
  // Prepares `material` (as sources.json's environment, file or credential holds it) for the rule. Fault `bad_key` when
  // it does not fit: a public key is never taken for a shared secret.
  static result<key_use> make(const signature_rule& rule, std::string_view material);

  const signature_rule* rule = nullptr; // of the source's family, which outlives it
  std::optional<crypto::mac_key> mac;
  std::string secret_hash; // SHA-256 of the secret that is compared: lengths do not tell either
  std::optional<crypto::public_key> key, key_sha1;
};

// The bytes of an HMAC key: prefixes cut, decoded as the rule says. Fault `bad_key`.
result<std::string> hmac_secret(const signature_rule& rule, std::string_view material);

// What a shared secret is compared by: its SHA-256; for basic ("user:password", split at the first colon) those of both
// halves. Empty when basic has no colon.
std::string hash_secret(scheme s, std::string_view secret);

struct source_key {
  std::string id;
  std::vector<key_use> uses;
  std::optional<instant> not_after; // refuses what was received later
  bool retired = false;             // consumers still verify old events with it, the gateway refuses it
  // Empty: no narrower than its source. Entries are exact, or end in `*` ("acme/*", "agent.*", "*").
  std::vector<std::string> accounts, types;
};

// May this source, by this key (null where nothing was verified), speak of this account, type and app id? `account` is
// empty where the event names none: then it is the source's own name, which is always its own.
bool may_speak_for(const source& s, const source_key* key, std::string_view account, std::string_view type,
                   std::optional<std::string_view> app_id);

} // namespace millrace
