// Man pages in mdoc(7): millrace(1) from the command tree, millrace-settings(5) from what the programs read. Pure.
#pragma once

#include "core/settings.hpp"
#include "described_command.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

// `date` stands at a page's foot: "2026-11-27".
std::string commands_page(const described_command& tree, const std::string& date);

struct program_settings {
  std::string program;
  std::vector<settings::shown> all;
};
std::string settings_page(const std::vector<program_settings>& programs, const std::string& date);

} // namespace millrace::cli
