// What split must know of the signature that verified a post: which parts it vouches for, which headers prove it
// again, and for whom its key may speak. Answered by the verify half (signatures and keys are known there only). Pure.
#pragma once

#include "provider/sources.hpp"
#include "provider/verify.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Which parts of the post the signature named by `v.scheme` (its id in the profile) covers. Nothing unless v is `yes`;
// nothing for static credentials (bearer, basic, token).
struct signature_cover {
  bool body = false;                // its signed text holds {body}, {form}, their hash, or (SNS) the fields
  std::vector<std::string> headers; // lower-case names that its signed text holds, or that name the key
};
signature_cover cover_of(const source& s, const verdict& v);

// The headers that any signature of the family looks at, lower-case, in the profile's order; never `authorization`
// nor the header of a static token. They are recorded with the event.
const std::vector<std::string>& recorded_headers(const family& f);

// Whether the key's scope in sources.json (projects, kinds) allows this account and event type. Keys without scope
// allow all.
bool in_scope(const source_key& key, std::string_view account, std::string_view type);

// The family's compiled event rules.
const struct event_rules& rules_of(const family& f);

} // namespace millrace
