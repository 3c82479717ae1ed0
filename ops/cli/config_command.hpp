// `millrace config`: every setting's effective value, where it comes from, and what it means; secrets masked. And all of
// them at their defaults, as a file to begin with and for the manual.
#pragma once

#include "core/settings.hpp"
#include "output.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

// `program`: "millrace" or a service's name: the same environment read as that program would read it.
int show_config(const std::string& program, output& out);
// The same settings as an environment file in which every one stands at its default, commented out, below its meaning.
int show_settings_file(const std::string& program, output& out);
// What `program` reads where nothing is set: each setting once, with its default.
std::vector<settings::shown> default_settings(const std::string& program);
// Reads them without showing, as the program itself does at its start; returns all that it would refuse them for, the
// files that they name included.
std::vector<fault> read_config_of(const std::string& program, settings& from);
// Programs whose settings can be shown.
std::vector<std::string> programs_with_config();

} // namespace millrace::cli
