// The files of ops/demo, packed into the program: it tells its story from any working directory.
#pragma once

#include "json/schema.hpp"

#include <string_view>

namespace millrace::cli {

// "story.json", "expected.json", "reference.json", "rules.json". Fault when it cannot be read.
result<json::file> demo_file(std::string_view name);

} // namespace millrace::cli
