#include "console/exposition.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::console {
namespace {

// Reads `name="value",…` up to the closing bracket; what follows it is left in `text`. False when it is not that.
bool read_labels(std::string_view& text, std::map<std::string, std::string>& into) {
  while (!text.empty() && text.front() != '}') {
    const auto equals = text.find("=\"");
    if (equals == std::string_view::npos)
      return false;
    std::string& value = into[std::string(text.substr(0, equals))];
    text.remove_prefix(equals + 2);
    while (!text.empty() && text.front() != '"') {
      if (text.front() == '\\' && text.size() > 1) {
        text.remove_prefix(1);
        value += text.front() == 'n' ? '\n' : text.front();
      } else {
        value += text.front();
      }
      text.remove_prefix(1);
    }
    if (text.empty())
      return false;
    text.remove_prefix(1);
    if (text.starts_with(','))
      text.remove_prefix(1);
  }
  if (text.empty())
    return false;
  text.remove_prefix(1);
  return true;
}

} // namespace

const std::string& series::label(const std::string& of) const {
  static const std::string none;
  const auto at = labels.find(of);
  return at == labels.end() ? none : at->second;
}

std::vector<series> read_series(std::string_view exposition, const std::vector<std::string>& wanted) {
  std::vector<series> all;
  for (std::string_view line : split(exposition, '\n')) {
    const auto end = line.find_first_of("{ ");
    if (line.starts_with('#') || end == std::string_view::npos)
      continue;
    series s;
    s.name = line.substr(0, end);
    if (std::find(wanted.begin(), wanted.end(), s.name) == wanted.end())
      continue;
    line.remove_prefix(end);
    if (line.front() == '{') {
      line.remove_prefix(1);
      if (!read_labels(line, s.labels))
        continue;
    }
    line = trim(line);
    if (std::from_chars(line.data(), line.data() + line.size(), s.value).ec == std::errc())
      all.push_back(std::move(s));
  }
  return all;
}

std::vector<failing_check> read_failing(std::string_view readiness) {
  std::vector<failing_check> all;
  for (const std::string_view line : split(readiness, '\n')) {
    const auto colon = line.find(": ");
    if (!line.starts_with("[-] ") || colon == std::string_view::npos)
      continue;
    const auto rest = line.substr(colon + 2);
    const auto semicolon = rest.rfind("; ");
    all.push_back({std::string(line.substr(4, colon - 4)), std::string(rest.substr(0, semicolon)), semicolon == std::string_view::npos ? std::string() : std::string(rest.substr(semicolon + 2))});
  }
  return all;
}

void rate_meter::see(const std::string& key, std::int64_t now_ms, double value) {
  auto& points = points_[key];
  if (!points.empty() && value < points.back().value)
    points.clear();
  points.push_back({now_ms, value});
  while (points.size() > 2 && points[1].at_ms <= now_ms - window_ms)
    points.erase(points.begin());
}

double rate_meter::per_second(const std::string& key) const {
  const auto at = points_.find(key);
  if (at == points_.end() || at->second.size() < 2)
    return 0;
  const auto &first = at->second.front(), &last = at->second.back();
  return last.at_ms > first.at_ms ? (last.value - first.value) * 1000 / static_cast<double>(last.at_ms - first.at_ms) : 0;
}

} // namespace millrace::console
