// What a shell sources to complete `millrace`'s commands, options and choices. Pure.
#pragma once

#include "described_command.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

std::vector<std::string> shells_with_completion();
// `shell` is one of them.
std::string completion_for(const std::string& shell, const described_command& tree);

} // namespace millrace::cli
