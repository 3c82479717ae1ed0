#include "metrics/arguments.hpp"

#include "metrics/build_info.hpp"

#include <cstdio>
#include <string_view>

namespace millrace::metrics {

std::optional<int> answer_arguments(int argc, char** argv, const std::string& service, const std::string& what) {
  if (argc < 2)
    return std::nullopt;
  const std::string_view first = argv[1];
  const auto settings = "It takes no arguments: `millrace config show " + service + "` shows its settings (MILLRACE_…) and what they mean.\n";
  if (first == "--version") {
    std::printf("%s %.*s (%.*s)\n", service.c_str(), static_cast<int>(build_version().size()), build_version().data(), static_cast<int>(build_revision().size()),
                build_revision().data());
    return 0;
  }
  if (first == "--help" || first == "-h") {
    std::printf("%s: %s\n%s", service.c_str(), what.c_str(), settings.c_str());
    return 0;
  }
  std::fprintf(stderr, "%s: what is %s? %s", service.c_str(), argv[1], settings.c_str());
  return 64;
}

} // namespace millrace::metrics
