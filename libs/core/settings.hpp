// The settings of one program, read from the environment once, at start. Owned by main; only a service's config.cpp
// uses it (nobody else reads the environment). All faults are collected and reported at once; secrets are masked.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class settings {
public:
  // Looks a variable up; the default is std::getenv. Tests give a map.
  using lookup = std::function<std::optional<std::string>(const std::string& name)>;
  settings();
  explicit settings(lookup environment);

  // One effective value, for `config show`: name, value (masked if secret), where it comes from ("environment",
  // "file /path", "default"), and what it means.
  struct shown {
    std::string name, value, origin, meaning;
  };

  // Each reads MILLRACE_<NAME> (given whole: "MILLRACE_HTTP_PORT"), else <NAME>_FILE (the file's content without its
  // last line break), else the default; records a fault and returns the default when the value does not fit.
  std::string text(const std::string& name, std::string fallback, std::string_view meaning);
  std::string required(const std::string& name, std::string_view meaning);
  std::string secret(const std::string& name, std::string_view meaning);
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t least, std::int64_t most,
                       std::string_view meaning);
  bool flag(const std::string& name, bool fallback, std::string_view meaning);
  // "250ms", "5s", "2m", "1h".
  std::chrono::milliseconds duration(const std::string& name, std::chrono::milliseconds fallback, std::string_view meaning);
  // One of `choices`.
  std::string choice(const std::string& name, std::string fallback, const std::vector<std::string>& choices,
                     std::string_view meaning);
  // Every environment variable that starts with `prefix`, prefix cut, lower-cased, '_' made '.': librdkafka
  // properties from MILLRACE_KAFKA_… . Values whose name contains password, secret or key are masked when shown.
  std::map<std::string, std::string> properties(const std::string& prefix, std::string_view meaning);

  const std::vector<fault>& faults() const { return faults_; }
  const std::vector<shown>& all() const { return shown_; }

private:
  std::optional<std::pair<std::string, std::string>> find(const std::string& name);
  void show(const std::string& name, std::string value, std::string origin, std::string_view meaning);

  lookup environment_;
  bool whole_environment_ = false; // may enumerate ::environ
  std::vector<fault> faults_;
  std::vector<shown> shown_;
};

} // namespace millrace
