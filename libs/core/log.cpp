#include "core/log.hpp"

#include "core/format.hpp"
#include "core/instant.hpp"
#include "core/text.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

namespace millrace::log {
namespace {

using steady = std::chrono::steady_clock;
constexpr std::size_t text_most = 2'000; // bytes of one field
constexpr std::size_t lines_most = 20;   // of one message
constexpr auto window = std::chrono::seconds(10);
constexpr std::size_t messages_most = 1'000; // remembered at once

constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warning", "error"};

// When one message was last written: a ring of the last 20 times.
struct history {
  std::array<steady::time_point, lines_most> written{};
  std::size_t count = 0;
  std::int64_t suppressed = 0;
};

struct state {
  std::mutex lock;
  std::string service = "millrace";
  level least = level::info;
  bool json = !stderr_is_terminal();
  std::map<std::string, history, std::less<>> messages;
};

state& the_state() {
  static state s;
  return s;
}

// Forgets messages that were quiet, so that a message made of data cannot fill the memory.
void forget_quiet(state& s, steady::time_point at) {
  std::erase_if(s.messages, [&](const auto& entry) {
    const auto& h = entry.second;
    return h.suppressed == 0 && at - h.written[(h.count + lines_most - 1) % lines_most] > window;
  });
  if (s.messages.size() >= messages_most)
    s.messages.clear();
}

// How many equal lines were left out before this one, or nothing if this one is to be left out too.
std::optional<std::int64_t> admit(state& s, std::string_view message, steady::time_point at) {
  auto found = s.messages.find(message);
  if (found == s.messages.end()) {
    if (s.messages.size() >= messages_most)
      forget_quiet(s, at);
    found = s.messages.emplace(std::string(message), history{}).first;
  }
  auto& h = found->second;
  auto& oldest = h.written[h.count % lines_most];
  if (h.count >= lines_most && at - oldest < window) {
    ++h.suppressed;
    return std::nullopt;
  }
  oldest = at;
  ++h.count;
  return std::exchange(h.suppressed, 0);
}

// Cut at a character's border, and valid UTF-8.
std::string printable(std::string_view text) {
  const bool cut = text.size() > text_most;
  if (cut) {
    text = text.substr(0, text_most);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
      text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0)
      text.remove_suffix(1);
  }
  std::string out;
  for (std::size_t from = 0;;) { // NUL is escaped below; everything else that is no text becomes U+FFFD
    const auto nul = text.find('\0', from);
    out += make_storable(text.substr(from, nul - from)).text;
    if (nul == std::string_view::npos)
      break;
    out += '\0';
    from = nul + 1;
  }
  if (cut)
    out += "…";
  return out;
}

// Escapes as JSON does; C1 controls and DEL too, because a terminal obeys them.
void add_escaped(std::string& out, std::string_view raw) {
  const std::string text = printable(raw);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7f) {
      out += millrace::format("\\u{:04x}", c);
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      out += millrace::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
}

void add_quoted(std::string& out, std::string_view text) {
  out += '"';
  add_escaped(out, text);
  out += '"';
}

// A bare word needs no quotes in the human form.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > text_most)
    return false;
  for (const unsigned char c : text)
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
      return false;
  return true;
}

struct value_printer {
  std::string& out;
  bool json;
  void operator()(std::string_view v) const {
    if (!json && is_plain(v))
      out += v;
    else
      add_quoted(out, v);
  }
  void operator()(std::int64_t v) const { out += std::to_string(v); }
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(double v) const {
    if (std::isfinite(v))
      out += millrace::format("{}", v);
    else
      add_quoted(out, millrace::format("{}", v));
  }
};

} // namespace

std::string line(const form& f, level l, instant at, std::string_view message,
                 std::initializer_list<field> fields, std::int64_t suppressed) {
  const auto name = level_names[static_cast<std::size_t>(l)];
  const std::string time = to_rfc3339(at);
  std::string out;
  if (f.json) {
    out = millrace::format(R"({{"time":"{}","level":"{}","msg":)", time, name);
    add_quoted(out, message);
    out += ",\"service\":";
    add_quoted(out, f.service);
  } else {
    constexpr std::array<std::string_view, 4> colours = {"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
    constexpr std::array<std::string_view, 4> short_names = {"debug", "info ", "warn ", "ERROR"};
    const auto i = static_cast<std::size_t>(l);
    out = millrace::format("{} {}{}{} {}: ", std::string_view(time).substr(11, 12), f.colour ? colours[i] : "",
                           short_names[i], f.colour ? "\x1b[0m" : "", f.service);
    add_escaped(out, message);
  }
  const auto add = [&](const field& x) {
    if (f.json) {
      out += ',';
      add_quoted(out, x.name);
      out += ':';
    } else {
      out += ' ';
      out += x.name;
      out += '=';
    }
    std::visit(value_printer{out, f.json}, x.value);
  };
  for (const auto& x : fields)
    add(x);
  if (suppressed > 0)
    add({"suppressed", suppressed});
  out += f.json ? "}\n" : "\n";
  return out;
}

void start(std::string service, level least, bool json) {
  auto& s = the_state();
  const std::lock_guard guard(s.lock);
  s.service = std::move(service);
  s.least = least;
  s.json = json;
  s.messages.clear();
}

bool shows(level l) {
  auto& s = the_state();
  const std::lock_guard guard(s.lock);
  return l >= s.least;
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool stderr_has_colour() {
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return stderr_is_terminal() && (!none || !*none) && terminal && std::string_view(terminal) != "dumb";
}

void write(level l, std::string_view message, std::initializer_list<field> fields) {
  static const bool colour = stderr_has_colour();
  auto& s = the_state();
  form f;
  std::optional<std::int64_t> suppressed;
  {
    const std::lock_guard guard(s.lock);
    if (l < s.least)
      return;
    suppressed = admit(s, message, steady::now());
    f = {s.service, s.json, colour && !s.json};
  }
  if (!suppressed)
    return;
  const std::string out = line(f, l, now(), message, fields, *suppressed);
  // One write per line: a pipe keeps lines up to PIPE_BUF whole. A log that cannot be written must not stop work.
  for (std::size_t done = 0; done < out.size();) {
    const auto n = ::write(STDERR_FILENO, out.data() + done, out.size() - done);
    if (n < 0 && errno != EINTR)
      return;
    if (n > 0)
      done += static_cast<std::size_t>(n);
  }
}

} // namespace millrace::log
