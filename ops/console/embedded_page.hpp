// The files of ops/console/page that were packed into the program at build time.
#pragma once

#include <span>
#include <string_view>

namespace millrace::console {

struct embedded_file {
  std::string_view path; // under ops/console/page: "page.js"
  std::string_view text;
};

// Sorted by path.
std::span<const embedded_file> embedded_files();

} // namespace millrace::console
