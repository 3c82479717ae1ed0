// webhook → verify: does a key of this source vouch for these bytes? Pure, constant-time in secrets, fails closed.
#pragma once

#include "crypto/mac.hpp"
#include "provider/request.hpp"
#include "provider/sources.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct signature_rule; // provider/signature_rule.hpp

// Keys that come and go while the gateway runs, each of somebody whom the request names. What it gives may be used by any
// thread and stays as it is.
struct ring_key {
  std::string id;
  crypto::mac_key mac;
};
class key_ring {
public:
  virtual ~key_ring() = default;
  // The keys of this source's ring that count now under that name; none where it is not known.
  virtual std::vector<std::shared_ptr<const ring_key>> keys_of(const source& s, std::string_view name) const = 0;
};

struct verdict {
  enum class outcome { yes, no, none } result = outcome::no;
  std::string_view scheme;  // id of the signature that verified, or of the first one tried: a metric label from the profile
  std::string_view key_id;  // from sources.json, or of the key that the profile publishes
  const signature_rule* rule = nullptr; // what `scheme` names; null unless yes
  const source_key* key = nullptr; // its scope decides accounts and types; null unless yes, and for a key of a ring
  std::shared_ptr<const ring_key> of_ring; // the key, where it stands in a ring; key_id is its
  // Why not, for metrics and logs only, never for the answer: `missing`, `doubled_header`, `bad_encoding`, `bad_timestamp`,
  // `stale`, `mismatch`, `no_key`, `address`, `path`. Empty when yes or none. `address` and `path` are refused in every
  // mode, shadow and off too: the sender is not even at the right door.
  std::string_view reason;
};

// Raw bytes, cheap checks first, every key of every signature that the source accepts; a header that stands twice where
// one is expected is refused. (Recipes: the providers' documents, as schemas/signatures says them.)
// A signature whose keys stand in a ring fails without one.
verdict verify(const source& s, const webhook_request& request, const key_ring* ring = nullptr);

// For consumers, of an event that came alone in its post and that must be proved again (admin): the recorded method,
// URL, headers and body are verified as of the time of arrival, with retired keys too; account and type are read from
// the body again, and must be the record's and within the key's scope. Nothing when it holds; else fault
// `unknown_source`, `torn_post`, `not_verified` (detail: why) or `out_of_scope`.
std::optional<fault> verify_again(const sources& configured, const event& e);

// For audits, of all events of one post as they stand on the topic, in any order: the post is put together again and
// verified as of the time of its arrival, with retired keys too. Nothing when it holds; else fault `unknown_source`,
// `torn_post` or `not_verified`.
std::optional<fault> verify_post_again(const sources& configured, std::vector<event> post);

} // namespace millrace
