// The files of ops/demo that were packed into the program at build time.
#pragma once

#include <span>
#include <string_view>

namespace millrace::cli {

struct embedded_file {
  std::string_view path; // under ops/demo: "story.json"
  std::string_view text;
};

// Sorted by path.
std::span<const embedded_file> embedded_files();

} // namespace millrace::cli
