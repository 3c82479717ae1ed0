// `millrace admin apply <file>`: administration as signed events, posted through the gateway one by one.
#pragma once

#include "admin_file.hpp"
#include "cli_config.hpp"
#include "output.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

struct admin_options {
  std::string file;   // "-": standard input
  std::string source; // of sources.json; empty: the one of provider admin
  bool dry_run = false;
};

int apply_admin_file(const cli_config& c, const admin_options& wanted, output& out);

// What `apply` did, for commands that apply a file on the way.
struct applied_commands {
  std::size_t posted = 0, unchanged = 0;
  int code = 0; // exit code
};
struct apply_mode {
  std::string source;         // as in admin_options
  bool dry_run = false;
  bool only_refusals = false; // says nothing of what went well
  std::string unless_said = {}; // JSON object: that much of a command's data said before will do; empty: all of it
};
applied_commands apply_commands(const cli_config& c, const std::vector<admin_command>& commands, const apply_mode& mode, output& out);

} // namespace millrace::cli
