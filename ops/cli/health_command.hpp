// `millrace health`: asks the admin port of a service whether it is alive, or ready. What containers are checked with, from
// inside: it needs no shell and no other program.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <chrono>
#include <string>

namespace millrace::cli {

struct health_options {
  bool ready = false;       // /readyz, else /healthz
  std::string url = {};     // empty: the service whose settings this process shares
  std::chrono::milliseconds wait{3000};
};

// 0: it is; 1: it answered that it is not, and why; 69: it does not answer.
int ask_health(const cli_config& c, const health_options& wanted, output& out);

} // namespace millrace::cli
