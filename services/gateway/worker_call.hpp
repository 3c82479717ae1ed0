// What a lead worker asks, read from a verified request once. Pure values.
#pragma once

#include "answer.hpp"
#include "core/instant.hpp"
#include "provider/request.hpp"
#include "provider/sources.hpp"
#include "provider/verify.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::gateway {

struct worker_call {
  enum class what { heartbeat, pull, claim, report } asks = what::heartbeat;
  // What names it among all calls, so that a repeat is known as one.
  std::string account, worker, method, path, body_sha, nonce;
  std::int64_t ts = 0;
  // What it says.
  std::string job, attempt;
  std::optional<std::int64_t> lease_s;
  std::int64_t extend_s = 0;
  bool done = false, failed = false;
  instant at;

  std::string request() const; // SHA-256 of what names it, hex
  bool wants_job() const { return asks == what::pull || asks == what::claim; }
};

// `problem` is set where the call cannot be taken: a nonce that is none, no job where one is needed.
struct read_call {
  worker_call call;
  std::optional<answer> problem;
  std::string_view reason;
};
read_call read_worker_call(const source& s, const verdict& v, const webhook_request& r);

} // namespace millrace::gateway
