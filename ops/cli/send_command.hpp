// `millrace send <provider>/<example> …`: signs recorded webhooks as their provider would and posts them.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::cli {

struct send_options {
  std::vector<std::string> examples;
  std::string source, signature;
  std::vector<std::string> set; // "/pointer=value"
  bool twice = false, tamper = false, out_of_order = false, list = false;
  int burst = 1;
  std::chrono::milliseconds wait{5000};
};

int send(const cli_config& c, const send_options& wanted, output& out);

// How a burst ends whose posts were answered so (status → how often): each taken, or, tampered with, each refused.
int burst_code(const std::map<int, std::int64_t>& statuses, bool tampered);

// "/phone=+1415…" → pointer and JSON text: the value as it is where it is JSON, else as a text. Fault `bad_set`.
result<std::pair<std::string, std::string>> read_setting(std::string_view text);

} // namespace millrace::cli
