#include "line_state.hpp"

#include "core/format.hpp"
#include "core/instant.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::cli {
namespace {
constexpr std::chrono::seconds answer_wait{10};
}

std::int64_t service_state::outcome(std::size_t which) const {
  std::int64_t sum = 0;
  for (const auto& [topic, balance] : status.topics)
    sum += balance.outcomes[which];
  return sum;
}

bool service_state::balanced() const {
  return std::all_of(status.topics.begin(), status.topics.end(), [](const auto& t) { return t.second.holds(); });
}

std::vector<service_state> line_state::read(bool with_rows) {
  std::vector<service_state> all;
  for (const pipeline::service& s : services_) {
    service_state one;
    one.name = s.name;
    read_lag(s, one); // before the marks: what is recorded meanwhile shows as marks
    one.status = pipeline::read_status(connection_, s);
    if (with_rows)
      one.rows = pipeline::count_rows(connection_, s);
    all.push_back(std::move(one));
  }
  return all;
}

void line_state::read_lag(const pipeline::service& s, service_state& into) {
  const auto recorded = pipeline::read_positions(connection_, s);
  for (const auto& topic : s.topics)
    for (int p = 0, n = reader_.partitions(topic.name, answer_wait); p < n; ++p) {
      const kafka::partition_id id{topic.name, p};
      const auto range = reader_.watermarks(id, answer_wait);
      const auto at = recorded.find(id);
      const std::int64_t next = at == recorded.end() ? range.first : at->second;
      if (next >= range.next)
        continue;
      into.lag += range.next - next;
      into.oldest_event_seconds = std::max(into.oldest_event_seconds, age_of(id, next, range.next));
    }
}

double line_state::age_of(const kafka::partition_id& p, std::int64_t offset, std::int64_t next) {
  double age = 0;
  reader_.read(p, offset, next, [&](const kafka::record& r) {
    age = static_cast<double>(now().us / 1000 - r.timestamp_ms) / 1000;
    return false;
  });
  return std::max(0.0, age);
}

std::string what_is_behind(const std::vector<service_state>& states) {
  std::string text;
  for (const service_state& s : states) {
    if (s.quiet())
      continue;
    text += text.empty() ? "" : "; ";
    text += s.name + " has ";
    text += s.lag ? format("{} events to read", s.lag) : std::string();
    text += s.lag && s.status.marks ? " and " : "";
    text += s.status.marks ? format("{} groups to derive", s.status.marks) : std::string();
  }
  return text;
}

} // namespace millrace::cli
