// The inverse of verify: signs a request as its provider would. For `millrace send`, the demo, tests and benchmarks; no
// service uses it. Pure.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "crypto/key.hpp"
#include "event/event.hpp"
#include "provider/profile.hpp"
#include "provider/signature_rule.hpp"

#include <string>
#include <string_view>

namespace millrace {

// What the provider signs with: for HMACs and static secrets the text that sources.json's `env`, `file` or `credential`
// holds ("whsec_…", "user:password"); for public-key schemes the private key as unencrypted PEM.
struct signing_key {
  const signature_rule* rule = nullptr;
  std::string material;
};

// A request before and after signing. `headers` holds what the sender sets itself (Content-Type, for some an id);
// signing adds the signature's headers, or (Mailgun, SNS) changes the body, or (Twilio with JSON) the URL.
struct outgoing {
  std::string method = "POST";
  std::string url;
  header_list headers;
  std::string body;
};

// `now` becomes the timestamp; `message_id` fills signed headers that are not set (webhook-id) and body tokens, and must
// differ from message to message. Fault `bad_key` when the material does not fit, `bad_body` when a signature that stands
// in the body finds no JSON object there.
result<outgoing> sign(const signing_key& key, outgoing request, instant now, std::string_view message_id);

// The signature of that id in the family, or its first (empty id); null when there is none.
const signature_rule* find_signature(const family& f, std::string_view id);

// `text` (a JSON object) with the value at `pointer` set to the JSON text `value`; missing objects on the way are made.
// Fault `bad_body`.
result<std::string> with_member(std::string_view text, std::string_view pointer, std::string_view value);

} // namespace millrace
