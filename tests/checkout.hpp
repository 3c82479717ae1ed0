// Files of the checkout and commands that run in it, for tests that know MILLRACE_SOURCE_DIR. One thread.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace millrace::checkout {

inline const std::filesystem::path root = MILLRACE_SOURCE_DIR;

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// All that the first group of `pattern` matches.
inline std::vector<std::string> all(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator m(text.begin(), text.end(), expression), end; m != end; ++m)
    found.push_back((*m)[1]);
  return found;
}

inline std::set<std::string> services() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(root / "services"))
    if (std::filesystem::exists(entry.path() / "main.cpp"))
      names.insert(entry.path().filename().string());
  return names;
}

struct outcome {
  int code; // 128: ended by a signal
  std::string said;
};

// A line of bash at the top of the checkout, with no standard input; what it says on both outputs.
inline outcome run(const std::string& command) {
  outcome o{-1, {}};
  FILE* out = ::popen(("cd '" + root.string() + "' && { " + command + "\n} 2>&1 </dev/null").c_str(), "r");
  std::array<char, 4096> piece{};
  for (std::size_t n; out && (n = std::fread(piece.data(), 1, piece.size(), out)) > 0;)
    o.said.append(piece.data(), n);
  const int status = out ? ::pclose(out) : -1;
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return o;
}

} // namespace millrace::checkout
