// Where a command's words go: results to stdout, all else to stderr, so that pipes get results only. Three forms of
// results: for people on a terminal (with colour), for people in a pipe (without), and one JSON object per line
// (--json). Owned by main, used by one command on one thread.
#pragma once

#include "core/result.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

// What every JSON line says of its form: the number rises when a member changes its meaning or goes.
inline constexpr int schema_version = 1;

// One line of --json: {"schema_version":1,"kind":"…", …}.
class json_line {
public:
  explicit json_line(std::string_view kind);
  json_line& text(std::string_view name, std::string_view value);
  json_line& number(std::string_view name, std::int64_t value);
  json_line& decimal(std::string_view name, double value); // three fraction digits
  json_line& flag(std::string_view name, bool value);
  json_line& texts(std::string_view name, const std::vector<std::string>& values);
  json_line& raw(std::string_view name, std::string_view json);
  std::string take();

private:
  json::writer writer_;
};

enum class colour { plain, green, red, yellow, dim, bold };

class output {
public:
  struct form {
    bool json = false;
    bool colour = false;   // of stdout
    bool terminal = false; // stderr is one: a line may be drawn over
  };
  output(form f, std::FILE* results, std::FILE* words) : form_(f), results_(results), words_(words) {}
  // As the process stands: NO_COLOR (not empty), TERM=dumb and pipes switch colour off.
  static form form_of_process(bool json);

  bool json() const { return form_.json; }
  // A result for people; nothing with --json.
  void line(std::string_view text);
  // A result for programs; nothing without --json.
  void object(json_line& o);
  // What is going on, or what went wrong, on stderr in every form.
  void say(std::string_view text);
  // On a terminal a line that the next word replaces; nothing elsewhere.
  void working(std::string_view text);
  // Each fault with its place and reason; with --json as results, too.
  void faults(std::string_view kind, const std::vector<fault>& all);
  // The same of what may well be right.
  void warnings(const std::vector<fault>& all);

  std::string in(colour c, std::string_view text) const;

private:
  void clear_working();

  form form_;
  std::FILE* results_;
  std::FILE* words_;
  bool working_ = false;
};

// Columns of equal width, two spaces between: `rows` of equal length; columns named in `right` are right-aligned.
std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& right = {});

} // namespace millrace::cli
