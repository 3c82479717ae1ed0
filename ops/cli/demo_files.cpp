#include "demo_files.hpp"

#include "embedded_demo.hpp"

namespace millrace::cli {

result<json::file> demo_file(std::string_view name) {
  for (const embedded_file& f : embedded_files())
    if (f.path == name)
      return json::file::read("ops/demo/" + std::string(f.path), std::string(f.text));
  return bad("missing_file", "ops/demo/" + std::string(name), "it is not packed into this program");
}

} // namespace millrace::cli
