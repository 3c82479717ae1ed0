// `millrace classify`: what a text would be by the rules of a project, and why. Reads the tables that classifier's verdicts are made of,
// in a read-only session.
#pragma once

#include "cli_config.hpp"
#include "leads/limits.hpp"
#include "output.hpp"

#include <array>
#include <iterator>
#include <string>

namespace millrace::cli {

struct classify_options {
  std::array<std::string, std::size(leads::rule_targets)> texts; // in the order of the targets
  std::string project;
};

// Exit code `found` when no category has enough points.
int classify(const cli_config& c, const classify_options& wanted, output& out);

} // namespace millrace::cli
