// `millrace demo`: waits until the line is quiet and tells what came of what was posted: per service, per table, and with
// `--balance` per topic and against the rows that the story must leave. Exit code `found` when the balance does not hold
// or a row is missing, `try_again` when the line does not become quiet.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <chrono>
#include <string>

namespace millrace::cli {

struct report_options {
  bool balance = false;
  std::string expected; // file of expected rows; empty: those of the demo's own story
  std::chrono::milliseconds wait{60'000};
};

int report(const cli_config& c, const report_options& wanted, output& out);

} // namespace millrace::cli
