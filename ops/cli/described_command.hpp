// The command tree as plain values: what the manual and the shells' completions are written from. Made from CLI11's tree
// (command_tree.hpp), so that no option is told twice.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

struct described_option {
  std::vector<std::string> names;   // "-f", "--follow"; of a positional one: its name
  std::string value;                // what it takes ("SECONDS"); empty: nothing, it is a flag
  std::vector<std::string> choices; // the only values that it takes, if those can be told
  std::string about;
  bool positional = false, required = false, several = false;
};

struct described_command {
  std::string name, about;
  std::string footer; // examples, as --help ends with them
  std::vector<described_option> options;
  std::vector<described_command> commands;
};

} // namespace millrace::cli
