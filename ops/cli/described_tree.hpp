// CLI11's tree of commands, read into plain values. Pure; hidden commands and --help are left out.
#pragma once

#include "described_command.hpp"

#include <CLI/CLI.hpp>

namespace millrace::cli {

described_command described(const CLI::App& app);

} // namespace millrace::cli
