// `millrace tail <topic>`: the events of a topic, readable, redacted as their profiles say. Ends by itself unless it is
// to follow.
#pragma once

#include "cli_config.hpp"
#include "core/instant.hpp"
#include "output.hpp"

#include <optional>
#include <string>

namespace millrace::cli {

struct tail_options {
  std::string topic;        // "raw.ghl", or "ghl" for it
  std::int64_t most = 10;   // the last so many; 0: none of the past (with follow) or all (with since)
  std::string since, until; // times: RFC 3339, or "10m" ago
  bool follow = false, whole = false; // whole: bodies are not cut
};

int tail(const cli_config& c, const tail_options& wanted, output& out);

// "2026-11-20T18:00:00Z", "2026-11-20 18:00", "90s", "10m", "2h", "3d" (ago). Fault `bad_time`.
result<instant> read_time(std::string_view text, instant now);

} // namespace millrace::cli
