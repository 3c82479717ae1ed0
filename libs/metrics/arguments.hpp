// A service takes no arguments, only settings: what it answers to those that it gets.
#pragma once

#include <optional>
#include <string>

namespace millrace::metrics {

// Nothing without arguments; else the exit code, after `--help` or `--version` was answered on stdout (0), or anything
// else refused on stderr (64). `what` is the service in one line.
std::optional<int> answer_arguments(int argc, char** argv, const std::string& service, const std::string& what);

} // namespace millrace::metrics
