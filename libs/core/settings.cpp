#include "core/settings.hpp"

#include "core/conninfo.hpp"
#include "core/format.hpp"
#include "core/text.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace millrace {
namespace {

constexpr std::string_view mask = "********";

settings::variables process_environment() {
  settings::variables all;
  for (char** entry = ::environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    if (const auto at = text.find('='); at != std::string_view::npos)
      all.emplace(text.substr(0, at), text.substr(at + 1));
  }
  return all;
}

// The file's content without its last line break.
std::optional<std::string> content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (!in || !(out << in.rdbuf()))
    return std::nullopt;
  std::string text = out.str();
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  return text;
}

std::string duration_text(std::chrono::milliseconds d) {
  const auto ms = d.count();
  if (ms != 0 && ms % 3'600'000 == 0)
    return std::to_string(ms / 3'600'000) + "h";
  if (ms != 0 && ms % 60'000 == 0)
    return std::to_string(ms / 60'000) + "m";
  if (ms % 1'000 == 0)
    return std::to_string(ms / 1'000) + "s";
  return std::to_string(ms) + "ms";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return n;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct unit {
    std::string_view name;
    std::int64_t ms;
  };
  constexpr std::array<unit, 4> units = {{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
  for (const auto& u : units) {
    if (!text.ends_with(u.name))
      continue;
    const auto n = whole_number(text.substr(0, text.size() - u.name.size()));
    if (n && *n >= 0 && *n <= 1'000'000'000)
      return std::chrono::milliseconds(*n * u.ms);
  }
  return std::nullopt;
}

bool is_secret(std::string_view property) {
  for (const std::string_view word : {"password", "secret", "key", "token"})
    if (property.find(word) != std::string_view::npos)
      return true;
  return false;
}

} // namespace

settings::settings() : settings(process_environment()) {}
settings::settings(lookup environment) : environment_(std::move(environment)) {}
settings::settings(variables environment) {
  for (const auto& [name, value] : environment)
    names_.push_back(name);
  environment_ = [all = std::move(environment)](const std::string& name) -> std::optional<std::string> {
    const auto at = all.find(name);
    return at == all.end() ? std::nullopt : std::optional(at->second);
  };
}

std::optional<std::string> settings::variable(const std::string& name) const {
  auto value = environment_(name);
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

std::optional<settings::found> settings::find(const std::string& name) {
  auto value = variable(name);
  const auto path = variable(name + "_FILE");
  if (value && path)
    complain(name, name + "_FILE is set too: give one of them");
  if (value)
    return found{std::move(*value), "environment"};
  if (path) {
    if (auto text = content_of(*path))
      return found{std::move(*text), "file " + *path};
    complain(name + "_FILE", "cannot read the file " + *path);
    return std::nullopt;
  }
  if (const auto folder = variable("CREDENTIALS_DIRECTORY")) {
    const std::string credential = *folder + "/" + name;
    if (auto text = content_of(credential))
      return found{std::move(*text), "file " + credential};
  }
  return std::nullopt;
}

void settings::show(const std::string& name, std::string value, std::string origin, std::string_view meaning) {
  shown_.push_back({name, std::move(value), std::move(origin), std::string(meaning)});
}

void settings::complain(const std::string& name, std::string detail) {
  faults_.push_back(bad("bad_setting", name, std::move(detail)));
}

std::string settings::text(const std::string& name, std::string fallback, std::string_view meaning) {
  auto given = find(name);
  if (!given)
    given = found{std::move(fallback), "default"};
  show(name, given->value, given->origin, meaning);
  return std::move(given->value);
}

std::string settings::required(const std::string& name, std::string_view meaning) {
  const std::size_t before = faults_.size();
  auto given = find(name);
  if (!given && faults_.size() == before)
    complain(name, millrace::format("must be set: {}", meaning));
  show(name, given ? given->value : "", given ? given->origin : "missing", meaning);
  return given ? std::move(given->value) : std::string();
}

std::string settings::secret(const std::string& name, std::string_view meaning) {
  auto given = find(name);
  show(name, given ? std::string(mask) : "", given ? given->origin : "default", meaning);
  return given ? std::move(given->value) : std::string();
}

std::string settings::conninfo(const std::string& name, std::string_view meaning) {
  auto given = find(name);
  show(name, given ? masked_conninfo(given->value) : "", given ? given->origin : "default", meaning);
  return given ? std::move(given->value) : std::string();
}

std::int64_t settings::integer(const std::string& name, std::int64_t fallback, std::int64_t least, std::int64_t most,
                               std::string_view meaning) {
  std::int64_t n = fallback;
  std::string origin = "default";
  if (const auto given = find(name)) {
    const auto number = whole_number(given->value);
    if (number && *number >= least && *number <= most) {
      n = *number;
      origin = given->origin;
    } else {
      complain(name, millrace::format("'{}' is no whole number from {} to {}", given->value, least, most));
    }
  }
  show(name, std::to_string(n), std::move(origin), meaning);
  return n;
}

bool settings::flag(const std::string& name, bool fallback, std::string_view meaning) {
  bool on = fallback;
  std::string origin = "default";
  if (const auto given = find(name)) {
    const std::string word = ascii_lower(given->value);
    const bool yes = word == "true" || word == "yes" || word == "on" || word == "1";
    const bool no = word == "false" || word == "no" || word == "off" || word == "0";
    if (yes || no) {
      on = yes;
      origin = given->origin;
    } else {
      complain(name, millrace::format("'{}' is neither true nor false", given->value));
    }
  }
  show(name, on ? "true" : "false", std::move(origin), meaning);
  return on;
}

std::chrono::milliseconds settings::duration(const std::string& name, std::chrono::milliseconds fallback,
                                             std::string_view meaning) {
  auto value = fallback;
  std::string origin = "default";
  if (const auto given = find(name)) {
    if (const auto d = parse_duration(given->value)) {
      value = *d;
      origin = given->origin;
    } else {
      complain(name, millrace::format("'{}' is no duration (250ms, 5s, 2m, 1h)", given->value));
    }
  }
  show(name, duration_text(value), std::move(origin), meaning);
  return value;
}

std::string settings::choice(const std::string& name, std::string fallback, const std::vector<std::string>& choices,
                             std::string_view meaning) {
  std::string value = std::move(fallback), origin = "default";
  if (auto given = find(name)) {
    std::string list;
    bool known = false;
    for (const auto& c : choices) {
      known = known || c == given->value;
      list += (list.empty() ? "" : ", ") + c;
    }
    if (known) {
      value = std::move(given->value);
      origin = std::move(given->origin);
    } else {
      const auto near = nearest(given->value, {choices.begin(), choices.end()});
      complain(name, millrace::format("'{}' is none of {}{}", given->value, list,
                                      near ? millrace::format("; did you mean '{}'?", *near) : ""));
    }
  }
  show(name, value, std::move(origin), meaning);
  return value;
}

std::vector<std::string> settings::given(std::string_view prefix) const {
  std::vector<std::string> all; // as sorted as the variables
  for (const std::string& name : names_)
    if (name.starts_with(prefix) && variable(name))
      all.push_back(name);
  return all;
}

std::map<std::string, std::string> settings::properties(const std::string& prefix, std::string_view meaning) {
  constexpr std::string_view file_suffix = "_FILE";
  std::map<std::string, std::string> all;
  auto names = names_;
  if (const auto folder = variable("CREDENTIALS_DIRECTORY")) {
    std::error_code unreadable;
    for (const auto& file : std::filesystem::directory_iterator(*folder, unreadable))
      names.push_back(file.path().filename().string());
  }
  for (std::string name : names) {
    if (!name.starts_with(prefix) || name.size() == prefix.size())
      continue;
    if (name.ends_with(file_suffix) && name.size() > prefix.size() + file_suffix.size())
      name.resize(name.size() - file_suffix.size());
    std::string property = ascii_lower(std::string_view(name).substr(prefix.size()));
    for (char& c : property)
      c = c == '_' ? '.' : c;
    if (all.contains(property))
      continue; // NAME and NAME_FILE: `find` has complained
    if (auto given = find(name)) {
      show(name, is_secret(property) ? std::string(mask) : given->value, given->origin, meaning);
      all.emplace(std::move(property), std::move(given->value));
    }
  }
  return all;
}

} // namespace millrace
