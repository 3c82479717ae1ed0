// The files under schemas/ that were packed into the binary at build time: a service starts from any working directory.
#pragma once

#include <span>
#include <string_view>

namespace millrace {

struct embedded_file {
  std::string_view path; // under schemas/: "providers/ghl/profile.json"
  std::string_view text;
};

// Sorted by path.
std::span<const embedded_file> embedded_files();

} // namespace millrace
