#include "http/supervision.hpp"

#include "core/format.hpp"

#include <algorithm>

namespace millrace::http {
namespace {

std::string in_words(const std::vector<check>& checks, const std::string& hangs) {
  std::string words;
  for (const check& c : checks)
    if (!c.ok)
      words += format("{}{}: {}{}", words.empty() ? "" : "; ", c.name, c.state, c.do_this.empty() ? "" : " (" + c.do_this + ")");
  if (!hangs.empty())
    words = hangs;
  std::replace(words.begin(), words.end(), '\n', ' '); // a line is a variable of its own
  return words.empty() ? "ready" : words;
}

} // namespace

void supervision::look(clock::time_point now, const std::vector<check>& checks, const std::string& hangs) {
  std::string told;
  if (!ready_ && std::all_of(checks.begin(), checks.end(), [](const check& c) { return c.ok; }))
    told += "READY=1\n";
  if (auto status = in_words(checks, hangs); status != status_) {
    status_ = std::move(status);
    told += "STATUS=" + status_ + "\n";
  }
  if (const auto watchdog = supervisor_.watchdog(); watchdog && now >= next_sign_ && hangs.empty()) {
    next_sign_ = now + *watchdog / 3; // one or two may be lost
    told += "WATCHDOG=1\n";
  }
  if (!told.empty() && supervisor_.tell(told))
    ready_ = ready_ || told.starts_with("READY=1");
}

} // namespace millrace::http
