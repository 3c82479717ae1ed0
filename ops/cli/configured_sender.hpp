// A source of sources.json seen from the other side: what its sender would sign with. Shared secrets are where
// sources.json says; private keys lie in a folder of their own (MILLRACE_SENDER_KEYS), as the gateway has only their
// public halves. Plain values.
#pragma once

#include "core/result.hpp"
#include "provider/profile.hpp"
#include "provider/sign.hpp"
#include "provider/sources.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

struct sender_key {
  std::string id;
  std::string signature; // id of the signature that sources.json names for it; empty: any that it fits
  std::string file;      // path, where the key is read from one
  std::string material;  // what sources.json leads to; empty when it could not be read
};

struct configured_sender {
  std::string source, provider, family;
  std::string mode;       // "enforce", "shadow", "off"
  std::string public_url; // empty: as the gateway is reached
  std::string path_secret;
  std::vector<std::string> accounts, app_ids, signatures;
  std::vector<sender_key> keys; // without retired ones

  // The URL that its webhooks go to.
  std::string url(const std::string& gateway) const;
};

// All senders of a sources.json; a secret that cannot be read here (another machine's environment) is left empty.
// Families that the file leaves out are filled in where the provider has one.
result<std::vector<configured_sender>> read_senders(const std::string& path, const catalogue& profiles,
                                                    const sources::secret_store& secrets);

// The sender for a provider and family (and source, if not empty). Fault `no_source` that says what there is.
result<configured_sender> find_sender(const std::vector<configured_sender>& all, const std::string& provider,
                                      const std::string& family, const std::string& source);

// What to sign with for `signature` (empty: the first for which there is a key). A private key is looked for in
// `folder` as <stem of the key's file>.key, <source>.key, <key id>.key, in this order. Nothing when the source takes
// unsigned requests. Fault `no_key` that says where one was looked for.
result<std::optional<signing_key>> find_signing_key(const configured_sender& s, const catalogue& profiles,
                                                    const std::string& signature, const std::string& folder,
                                                    const sources::secret_store& secrets);

} // namespace millrace::cli
