// One thing that a provider said, in its own bytes, with everything that proves it again: what the gateway publishes
// and the consumers read. A plain value; no thread rules.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

using header_list = std::vector<std::pair<std::string, std::string>>;

// Whether the signature held: `no` only from a source in mode shadow, `none` where the family has no signature.
enum class verified : std::uint8_t { yes, no, none };

struct event {
  std::string provider;    // "ghl"
  std::string family;      // "marketplace"
  std::string source;      // the configured sender's name
  std::string account;     // whose data it is, as the provider names it
  std::string type;        // the provider's own event type: "ContactUpdate"
  std::string entity_type; // "contact"; empty when the profile names none
  std::string entity_id;
  std::string dedupe_key;  // provider:account:event_type:entity_id:version
  std::string partition_key; // made of account and entity id only
  instant received;        // set once, by the gateway, on arrival
  std::optional<instant> said_time; // what the provider says, before it is clamped
  millrace::verified verdict = verified::yes;
  std::string key_id;      // the key that verified it; empty unless verdict is yes

  std::string body;        // the exact bytes of this event (of an array: the element's slice)
  std::string content_type;
  // What the signature was made of, as received: method, public URL and the headers that the profile names
  // (authorization headers never).
  std::string method;
  std::string url;
  header_list signed_headers;
  // The post that it came in: SHA-256 of the whole body, place and number of events, and the bytes between: `before`
  // stands before this slice (after the previous one), `after` behind the last one. A post of one whole body has
  // index 0, count 1 and both empty.
  std::string post_sha256; // raw, 32 bytes
  std::uint32_t post_index = 0, post_count = 1;
  std::string before, after;
  // Set when the body or element cannot be read ("bad_json at byte 17: …"): published, and ends as `error`.
  std::string unreadable;
  std::string traceparent, tracestate; // W3C Trace Context; of a sender only what is well formed

  // event_time: said_time, else received; at most received + 5 min, at least 2000-01-01.
  instant time() const;
  // Raw SHA-256 (32 bytes) of the dedupe_key: what `seen`, raw rows and facts are found by.
  std::string key_hash() const;
};

// dedupe_key, in its one place (published with test vectors in libs/event/dedupe_key_vectors.json): parts joined by
// ':', each percent-encoded for '%' and ':'; a part over 200 bytes is replaced by "sha256-" and its hex digest.
std::string make_dedupe_key(std::string_view provider, std::string_view account, std::string_view type,
                            std::string_view entity_id, std::string_view version);
std::string make_partition_key(std::string_view account, std::string_view entity_id);

// CloudEvents 1.0, Kafka protocol binding, binary mode: the headers of the record; its value is `body`, its key is
// partition_key. Header values are plain UTF-8 (before/after and hashes in base64). ce_millraceformat = 1.
header_list encode_headers(const event& e);
// Of all names and values.
std::size_t bytes_of(const header_list& headers);
// The inverse. Fault `bad_record` (place = header name) for a record that no gateway of ours made. Unknown headers are
// passed by; formats > 1 are refused.
result<event> decode_record(std::string_view key, std::string_view value, const header_list& headers);

} // namespace millrace
