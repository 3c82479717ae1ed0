// webhook → verify: does a key of this source vouch for these bytes? Pure, constant-time in secrets, fails closed.
#pragma once

#include "provider/request.hpp"
#include "provider/sources.hpp"

#include <string>
#include <string_view>

namespace millrace {

struct verdict {
  enum class outcome { yes, no, none } result = outcome::no;
  std::string_view scheme;  // of the key that verified, or of the first scheme tried: a metric label from the profile
  std::string_view key_id;  // from sources.json
  const source_key* key = nullptr; // its scope decides accounts and types; null unless yes
  // Why not, for metrics and logs only, never for the answer: `missing`, `doubled_header`, `bad_encoding`, `bad_timestamp`,
  // `stale`, `mismatch`, `no_key`, `address`, `path`. Empty when yes or none.
  std::string_view reason;
};

verdict verify(const source& s, const webhook_request& request);

} // namespace millrace
