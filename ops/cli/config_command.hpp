// `millrace config show`: every setting's effective value, where it comes from, and what it means; secrets masked.
#pragma once

#include "core/settings.hpp"
#include "output.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

// `program`: "millrace" or a service's name: the same environment read as that program would read it.
int show_config(const std::string& program, output& out);
// Reads them without showing, as the program itself does at its start; returns all that it would refuse them for, the
// files that they name included.
std::vector<fault> read_config_of(const std::string& program, settings& from);
// Programs whose settings can be shown.
std::vector<std::string> programs_with_config();

} // namespace millrace::cli
