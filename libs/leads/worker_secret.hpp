// Which keys of a lead worker count: what its `worker_secret` facts come to, in stamp order. The gateway verifies by it, and the
// row of the worker shows it. Pure.
#pragma once

#include "fold/fact.hpp"

#include <optional>
#include <span>
#include <string>

namespace millrace::leads {

struct worker_secrets {
  struct one {
    std::string key_id, sealed;
  };
  std::optional<one> current, rotating_to; // both count
  std::optional<instant> rotated;          // when the last promotion was

  friend bool operator==(const one& a, const one& b) { return a.key_id == b.key_id && a.sealed == b.sealed; }
};

// set: the key, and no next one. rotating: the next one, beside it. promoted: the next one takes its place, if it has that id.
// cleared: none.
worker_secrets secrets_of(std::span<const fold::fact> facts);

// What a worker's secret belongs to, for crypto::seal; and an API key.
std::string owner_of_worker_secret(std::string_view project, std::string_view worker);
std::string owner_of_api_key(std::string_view project, std::string_view key_id);

} // namespace millrace::leads
