// One way in which a provider proves that it sent a request, compiled from a profile's `signatures` or from a named
// scheme of schemas/signatures. Immutable after start, shared by all threads.
#pragma once

#include "crypto/key.hpp"
#include "json/schema.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

enum class scheme { hmac_sha1, hmac_sha256, hmac_sha512, ed25519, ecdsa_p256, rsa_sha256, sns, bearer, basic, token };

// HMACs and the schemes that compare a secret; the others verify with a public key.
bool is_hmac(scheme s);
bool is_shared_secret(scheme s);  // bearer, basic, token
bool is_public_key(scheme s);     // ed25519, ecdsa_p256, rsa_sha256, sns
std::string_view name_of(scheme s); // as profiles write it: "hmac-sha256"

// A piece of the text that is signed: a literal or one of {body} {timestamp} {header:x} {pointer:/x} {url} {form}
// {method} {target} {path} {sha256:body} {sha256:header:x}.
struct signed_piece {
  enum class kind { literal, body, timestamp, header, pointer, url, form, method, target, path, body_sha256, header_sha256 } what = kind::literal;
  std::string text; // of literal, header (lower-case) and pointer
};
// A text with such pieces in it. Fault `bad_template`.
result<std::vector<signed_piece>> read_pieces(std::string_view text);

// Where a value stands in a request.
struct request_place {
  enum class kind { none, header, pointer, pair } where = kind::none;
  std::string name; // lower-case header, or JSON Pointer into the body
};

struct timestamp_rule {
  request_place at;
  enum class form { epoch_s, epoch_ms, rfc3339 } as = form::epoch_s;
  std::int64_t past_s = 300, future_s = 300; // refused beyond, both inclusive
  bool optional = false;                     // absent is accepted (a time inside a signed body)
};

// A key that the provider publishes for everybody (HighLevel's).
struct published_key {
  std::string id;
  crypto::public_key key;
  std::string place; // for faults
};

struct signature_rule {
  std::string id; // unique in its family: what sources.json names, and a metric label
  millrace::scheme scheme = scheme::hmac_sha256;

  request_place at;                                                   // header or body pointer
  enum class text_form { base64, base64url, hex } encoding = text_form::hex;
  std::string prefix;                                                 // "sha256=" before the encoded signature
  std::vector<std::string> absent = {""};                             // values that stand for "not there"
  char list_separator = 0;                                            // 0: one signature; else any entry that verifies
  std::string list_prefix;                                            // entries without it are skipped: "v1,"
  char pair_separator = 0;                                            // "t=…,v1=…"; 0: no pairs
  std::string pair_signature, pair_timestamp;

  std::vector<signed_piece> signed_text;
  timestamp_rule timestamp;

  enum class key_form { utf8, base64, hex } key_encoding = key_form::utf8;
  std::vector<std::string> key_strip;   // prefixes cut from the key as people paste it, in this order
  std::string key_needs;                // a prefix by which a key tells that it is for this rule: "whpk_"

  bool url_ports = false;          // also tried with the default port added, or any port removed
  std::string body_hash_query;     // query parameter that carries the body's SHA-256 when the body is no form
  std::string only_without;        // id of the rule whose signature must be absent
  std::string without_header;      // lower-case name of a header that must be absent
  std::string ring, ring_by;       // keys stand in this ring, under what this header says (lower-case): not in sources.json
  std::vector<published_key> published_keys;

  // True if the signed text contains what stands there: a version (dedupe) counts only when the signature covers it.
  bool covers_body() const;
  bool covers_header(std::string_view lower_case_name) const;
  bool covers(signed_piece::kind what) const;
};

// The named schemes ("standard-webhooks"), read.
using named_schemes = std::map<std::string, json::file, std::less<>>;
// Gives the content of a file beside the profile ("keys/ghl-ed25519.pem"), or nullptr.
using sibling_files = std::function<const std::string*(std::string_view path)>;

// Compiles one entry of `signatures` (at `pointer` in `f`): the name of a scheme, or a rule written out. A named scheme
// may hold several rules. Appends its faults, with place path:line pointer; a rule with a fault is left out.
std::vector<signature_rule> compile_signature(const json::file& f, const std::string& pointer,
                                              const named_schemes& schemes, const sibling_files& files,
                                              std::vector<fault>& faults);

} // namespace millrace
