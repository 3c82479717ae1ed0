#include "output.hpp"

#include "core/format.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace millrace::cli {

json_line::json_line(std::string_view kind) {
  writer_.begin_object().name("schema_version").number(schema_version).name("kind").string(kind);
}
json_line& json_line::text(std::string_view name, std::string_view value) {
  writer_.name(name).string(value);
  return *this;
}
json_line& json_line::number(std::string_view name, std::int64_t value) {
  writer_.name(name).number(value);
  return *this;
}
json_line& json_line::decimal(std::string_view name, double value) {
  writer_.name(name).number_text(format("{:.3f}", value));
  return *this;
}
json_line& json_line::flag(std::string_view name, bool value) {
  writer_.name(name).boolean(value);
  return *this;
}
json_line& json_line::texts(std::string_view name, const std::vector<std::string>& values) {
  writer_.name(name).begin_array();
  for (const std::string& v : values)
    writer_.string(v);
  writer_.end_array();
  return *this;
}
json_line& json_line::raw(std::string_view name, std::string_view json) {
  writer_.name(name).raw(json);
  return *this;
}
std::string json_line::take() { return writer_.end_object().take(); }

output::form output::form_of_process(bool json) {
  const auto is = [](const char* name, std::string_view value) {
    const char* set = std::getenv(name);
    return set && value == set;
  };
  const char* no_colour = std::getenv("NO_COLOR");
  const bool dumb = is("TERM", "dumb");
  form f;
  f.json = json;
  f.colour = !json && !dumb && !(no_colour && *no_colour) && isatty(STDOUT_FILENO);
  f.terminal = !dumb && isatty(STDERR_FILENO);
  return f;
}

void output::clear_working() {
  if (working_)
    std::fputs("\r\033[K", words_);
  working_ = false;
}

void output::line(std::string_view text) {
  if (form_.json)
    return;
  clear_working();
  std::fprintf(results_, "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(results_);
}

void output::object(json_line& o) {
  if (!form_.json)
    return;
  std::fprintf(results_, "%s\n", o.take().c_str());
  std::fflush(results_);
}

void output::say(std::string_view text) {
  clear_working();
  std::fprintf(words_, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void output::working(std::string_view text) {
  if (!form_.terminal)
    return;
  clear_working();
  std::fprintf(words_, "%.*s", static_cast<int>(text.size()), text.data());
  std::fflush(words_);
  working_ = true;
}

void output::faults(std::string_view kind, const std::vector<fault>& all) {
  for (const fault& f : all) {
    json_line o(kind);
    o.text("code", f.code).text("place", f.place).text("detail", f.detail);
    object(o);
    if (!form_.json)
      say(format("{}{}{} ({})", f.place, f.place.empty() ? "" : ": ", f.detail, f.code));
  }
}

void output::warnings(const std::vector<fault>& all) {
  for (const fault& w : all) {
    json_line o("warning");
    o.text("code", w.code).text("place", w.place).text("detail", w.detail);
    object(o);
    if (!form_.json)
      say(format("warning: {}: {} ({})", w.place, w.detail, w.code));
  }
}

std::string output::in(colour c, std::string_view text) const {
  static constexpr const char* codes[] = {"0", "32", "31", "33", "2", "1"};
  if (!form_.colour || c == colour::plain || text.empty())
    return std::string(text);
  return format("\033[{}m{}\033[0m", codes[static_cast<int>(c)], text);
}

namespace {
// Of UTF-8: what a terminal shows, near enough.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}
} // namespace

std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size())
        widths.push_back(0);
      widths[i] = std::max(widths[i], characters(row[i]));
    }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool to_right = std::find(right.begin(), right.end(), i) != right.end();
      line += to_right ? format("{:>{}}", row[i], widths[i]) : format("{:<{}}", row[i], widths[i]);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

} // namespace millrace::cli
