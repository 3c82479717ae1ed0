// Command lines as a newcomer types them: in the root of the checkout, in a shell that knows none of the test's own servers,
// with the programs of the build under test. For tests that know MILLRACE_SOURCE_DIR. One thread.
#pragma once

#include "checkout.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace millrace::checkout {

inline std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A folder of the test's own, for servers, data and logs.
inline std::filesystem::path own_run_dir(const std::string& name) {
  const auto all_tests = setting("MILLRACE_RUN_DIR");
  return (all_tests.empty() ? root / ".run/test" : std::filesystem::path(all_tests)) / name;
}

// What stands before a command so that it sees a newcomer's environment.
inline std::string environment(const std::filesystem::path& run_dir) {
  const auto preset = std::filesystem::path(setting("MILLRACE_BUILD_DIR")).filename().string();
  return "env -i HOME='" + setting("HOME") + "' PATH='" + setting("PATH") + "' LANG=C.UTF-8 LSAN_OPTIONS='" + setting("LSAN_OPTIONS") +
         "' MILLRACE_PRESET=" + (preset.empty() ? "dev" : preset) + " MILLRACE_RUN_DIR='" + run_dir.string() + "' ";
}

inline outcome typed(const std::string& command, const std::filesystem::path& run_dir) {
  const auto script = run_dir.string() + "-typed.sh"; // beside it: the folder itself may be on a full disk
  std::filesystem::create_directories(run_dir);
  std::ofstream(script) << "cd '" << root.string() << "'\n" << command << "\n";
  return run(environment(run_dir) + "bash '" + script + "'");
}

} // namespace millrace::checkout
