// From a recorded example to requests that its provider might send: signed now, with the keys of this installation, to
// its gateway; changed on purpose where asked. Pure.
#pragma once

#include "configured_sender.hpp"
#include "core/instant.hpp"
#include "provider/examples.hpp"
#include "provider/sign.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

struct sample {
  const millrace::example* of = nullptr;
  const configured_sender* sender = nullptr;
  const catalogue* profiles = nullptr;
  std::optional<signing_key> key; // nothing: unsigned
  std::string gateway;            // base URL
};

// How the request differs from the recording.
struct variation {
  std::vector<std::pair<std::string, std::string>> set; // JSON Pointer (of a form: / and its parameter) → JSON text
  std::string another;            // not empty: another event of the same entity: its id (or, where it has none, its bytes)
                                  // differ by this text
  std::int64_t earlier_s = 0;     // said so much earlier
};

// The request before it is signed. A time that the signature covers is moved by the age of the recording when that is
// older than half of what the gateway accepts, so that an example can be sent for ever. Faults `bad_body`, `no_time`
// (earlier_s, and the body says no time).
result<outgoing> unsigned_request(const sample& s, const variation& v, instant now);

// Signed as of `now`; the message id follows from the body, so that the same request is the same message.
result<outgoing> signed_request(const sample& s, const outgoing& request, instant now);

// One byte changed that the signature covers, or the secret itself where none is covered.
outgoing tampered(const sample& s, outgoing request);

// The dedupe_keys that the gateway will find in the request.
std::vector<std::string> dedupe_keys_of(const sample& s, const outgoing& request, instant now);

} // namespace millrace::cli
