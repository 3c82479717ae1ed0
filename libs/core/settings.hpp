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
  // Looks a variable up; the default is the process' environment. Tests give a map (a lookup alone cannot be
  // enumerated: `properties` finds nothing in it).
  using lookup = std::function<std::optional<std::string>(const std::string& name)>;
  using variables = std::map<std::string, std::string>;
  settings();
  explicit settings(lookup environment);
  explicit settings(variables environment);

  // One effective value, for `config show`: name, value (masked if secret), where it comes from ("environment",
  // "file /path", "default"), and what it means.
  struct shown {
    std::string name, value, origin, meaning;
  };

  // Each reads MILLRACE_<NAME> (given whole: "MILLRACE_HTTP_PORT"), else <NAME>_FILE (the file's content without its
  // last line break), else the file <NAME> in systemd's $CREDENTIALS_DIRECTORY, else the default; records a fault
  // (code `bad_setting`, place the variable) and returns the default when the value does not fit. An empty variable
  // counts as not given (compose files and unit files write it for "unset"); <NAME> and <NAME>_FILE at once are a fault.
  std::string text(const std::string& name, std::string fallback, std::string_view meaning);
  std::string required(const std::string& name, std::string_view meaning);
  // Masked when shown. Empty if not given: whoever asks says whether it may be.
  std::string secret(const std::string& name, std::string_view meaning);
  // libpq's conninfo or URI: its passwords are masked when shown. Empty if not given.
  std::string conninfo(const std::string& name, std::string_view meaning);
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t least, std::int64_t most,
                       std::string_view meaning);
  // true, yes, on, 1 and false, no, off, 0, in any case.
  bool flag(const std::string& name, bool fallback, std::string_view meaning);
  // "250ms", "5s", "2m", "1h".
  std::chrono::milliseconds duration(const std::string& name, std::chrono::milliseconds fallback,
                                     std::string_view meaning);
  // One of `choices`.
  std::string choice(const std::string& name, std::string fallback, const std::vector<std::string>& choices,
                     std::string_view meaning);
  // Every environment variable that starts with `prefix`, prefix cut, lower-cased, '_' made '.': librdkafka
  // properties from MILLRACE_KAFKA_… (…_FILE reads the file; so does one of that name in $CREDENTIALS_DIRECTORY). Values whose name contains password, secret, key or
  // token are masked when shown.
  std::map<std::string, std::string> properties(const std::string& prefix, std::string_view meaning);

  // The names of the variables that begin with `prefix` and are not empty, read or not; sorted.
  std::vector<std::string> given(std::string_view prefix) const;

  const std::vector<fault>& faults() const { return faults_; }
  const std::vector<shown>& all() const { return shown_; }

private:
  struct found {
    std::string value, origin;
  };
  std::optional<std::string> variable(const std::string& name) const; // nothing if unset or empty
  std::optional<found> find(const std::string& name);
  void show(const std::string& name, std::string value, std::string origin, std::string_view meaning);
  void complain(const std::string& name, std::string detail);

  lookup environment_;
  std::vector<std::string> names_; // of all variables, if they can be enumerated
  std::vector<fault> faults_;
  std::vector<shown> shown_;
};

} // namespace millrace
