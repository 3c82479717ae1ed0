// topics/ and its schema as they were packed into the binary at build time. Constants. Private to this folder.
#pragma once

#include <span>
#include <string_view>

namespace millrace::kafka {

struct embedded_file {
  std::string_view path; // "topics/raw.ghl.json"
  std::string_view text;
};

// Sorted by path.
std::span<const embedded_file> embedded_files();

} // namespace millrace::kafka
