// How `millrace` ends: what scripts may rely on. Part of the program's interface, with --help and --json.
#pragma once

#include <array>
#include <string_view>

namespace millrace::cli {

enum exit_code : int {
  well = 0,         // done, nothing to tell
  found = 1,        // done, and there is something: a difference, a fault, a refusal, a missing row
  usage = 64,       // the command line is wrong
  away = 69,        // gateway, Kafka or Postgres cannot be reached
  try_again = 75,   // it may go well later: the gateway asked to come back, the line is not quiet yet
  bad_config = 78,  // settings or files are wrong
  interrupted = 130 // Ctrl-C
};

// As --help and the manual tell them.
struct exit_meaning {
  exit_code code;
  std::string_view meaning;
};
inline constexpr std::array<exit_meaning, 7> exit_meanings = {{{well, "well"},
                                                               {found, "found something (a difference, a fault, a refusal)"},
                                                               {usage, "wrong command line"},
                                                               {away, "a server is away"},
                                                               {try_again, "try again later"},
                                                               {bad_config, "wrong settings or files"},
                                                               {interrupted, "interrupted"}}};

} // namespace millrace::cli
