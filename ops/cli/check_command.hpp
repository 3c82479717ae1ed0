// `millrace check [path…]`: all faults of settings, profiles, topics and sources at once, with file, line and reason; a
// provider folder's examples are checked against their goldens too.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

struct check_options {
  std::vector<std::string> paths; // none: what the settings name
  bool write_goldens = false;     // regenerates what the examples become, instead of comparing
};

int check(const cli_config& c, const check_options& wanted, output& out);

// What a path holds, told from its name and content.
enum class checked_kind { provider, providers, topics, sources, admin, unknown };
checked_kind kind_of(const std::string& path);

} // namespace millrace::cli
