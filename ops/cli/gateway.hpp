// The gateway as a sender sees it: posts signed requests over one connection that is kept, and reads the answers.
// Owned by a command, one thread.
#pragma once

#include "cli_config.hpp"
#include "http/client.hpp"
#include "provider/sign.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::cli {

struct gateway_answer {
  int status = 0;
  std::string durability;              // "kafka", "spool"; empty when nothing was stored
  std::string request_id;
  std::vector<std::string> event_ids;  // dedupe_keys; empty where the provider's answer cannot carry them
  std::string code;                    // of a problem: "bad_signature"
  std::string detail;                  // of a problem
  int retry_after_s = 0;
  double ms = 0;

  bool accepted() const { return status >= 200 && status < 300; }
  // The gateway asks to come back: 429 and 503, or a Retry-After.
  bool come_back() const { return status == 429 || status == 503 || retry_after_s > 0; }
};

// From the parts of an HTTP answer. Pure.
gateway_answer read_answer(const http::response& r);

class gateway {
public:
  explicit gateway(const cli_config& c) : base_(c.gateway), client_(c.gateway, c.ca_file) {}
  // Path and query of `request.url` are used. Throws outage when the gateway does not answer.
  gateway_answer post(const outgoing& request);
  const std::string& base() const { return base_; }

private:
  std::string base_;
  http::client client_;
};

// "/webhooks/ghl/demo?x=1" of "https://host/webhooks/ghl/demo?x=1". Pure.
std::string target_of(std::string_view url);

} // namespace millrace::cli
