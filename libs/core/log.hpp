// One line per happening worth a line: JSON on a pipe, a human form on a terminal; to stderr. Any thread may call it;
// one line is one write. Never give it a body or a secret.
#pragma once

#include "core/instant.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace millrace::log {

enum class level { debug, info, warning, error };

// A field of the line: name and value. Strings are escaped (no line break can forge a line), cut at 2,000 bytes.
struct field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
  field(std::string_view n, std::string_view v) : name(n), value(v) {}
  field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  field(std::string_view n, std::int64_t v) : name(n), value(v) {}
  field(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  field(std::string_view n, std::uint64_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  field(std::string_view n, double v) : name(n), value(v) {}
  field(std::string_view n, bool v) : name(n), value(v) {}
};

// Once, at the start of main: the service's name, whether lines are JSON (default: stderr is no terminal), and the
// least level shown.
void start(std::string service, level least, bool json);
bool stderr_is_terminal();
// A terminal, and neither NO_COLOR (not empty) nor TERM=dumb.
bool stderr_has_colour();

// `message` says what happened; a field "do" says what to do. Equal messages are written at most 20 times in any
// 10 s; the line after a gap carries `suppressed`.
void write(level l, std::string_view message, std::initializer_list<field> fields = {});
inline void info(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::error, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::debug, message, fields);
}

// Whether a line of this level would be written: for those that are dear to make.
bool shows(level l);

// How a line looks, without writing it: pure, for `write` and for tests.
struct form {
  std::string service;
  bool json = true;
  bool colour = false;
};
std::string line(const form& f, level l, instant at, std::string_view message, std::initializer_list<field> fields,
                 std::int64_t suppressed = 0);

} // namespace millrace::log
