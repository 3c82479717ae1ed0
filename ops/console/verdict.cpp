#include "console/verdict.hpp"

#include "core/format.hpp"

#include <algorithm>
#include <numeric>

namespace millrace::console {
namespace {

// From here on a person would say that tables are behind; and that they stand still (as the alert MillraceEventsWait does).
constexpr double behind_s = 5, stands_s = 300;

std::string counted(std::int64_t n, const std::string& what) { return format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string since(const answering& a, std::int64_t now_ms) {
  return a.since_ms ? format("for {}", age_text(static_cast<double>(now_ms - a.since_ms) / 1000)) : std::string("yet");
}

class judging {
public:
  explicit judging(const measurement& m) : m_(m) {}

  verdict run() {
    look_at_servers();
    for (const service_measure& s : m_.services)
      look_at(s);
    std::stable_sort(v_.findings.begin(), v_.findings.end(), [](const finding& a, const finding& b) { return a.level > b.level; });
    v_.level = v_.findings.empty() ? level::good : v_.findings.front().level;
    v_.sentence = v_.findings.empty() ? good() : v_.findings.front().text + (v_.findings.size() > 1 ? format("; and {} more.", v_.findings.size() - 1) : ".");
    return v_;
  }

private:
  void look_at_servers() {
    if (!m_.kafka.yes)
      add("kafka", level::bad, format("Kafka has not answered {}: webhooks are answered \"try again\", tables stand still", since(m_.kafka, m_.now_ms)), "MillraceKafkaAway", "ops/look kafka");
    if (!m_.postgres.yes)
      add("postgres", level::bad, format("Postgres has not answered {}: tables stand still, events wait in Kafka", since(m_.postgres, m_.now_ms)), "MillracePostgresAway", "ops/look postgres");
  }

  void look_at(const service_measure& s) {
    if (!s.answers.yes)
      return add(s.name, level::bad, gone(s), s.name == "gateway" ? "MillraceGatewayGone" : "MillraceConsumerGone", "ops/look log " + s.name);
    for (const failing_check& c : s.failing)
      if (!is_told_of_servers(c))
        add(s.name, level::bad, format("{} is not ready: {}: {}", s.name, c.name, c.state), "MillraceNotReady", "ops/look ready " + s.name);
    look_at_rows(s);
  }

  void look_at_rows(const service_measure& s) {
    for (const auto& [topic, b] : s.topics)
      if (!b.holds())
        add(s.name, level::bad, format("{} read events of {} that ended in no outcome", s.name, topic), "MillraceBalanceBroken", "ops/look balance");
    if (s.stuck_events + s.stuck_groups > 0)
      add(s.name, level::warning, format("{} set {} aside because of a bug of ours", s.name, s.stuck_events ? counted(s.stuck_events, "event") : counted(s.stuck_groups, "group")),
          s.stuck_events ? "MillraceEventsStuck" : "MillraceGroupsStuck", "ops/look stuck");
    if (s.lag > 0 && s.oldest_event_s >= behind_s)
      add(s.name, s.oldest_event_s >= stands_s ? level::bad : level::warning,
          format("{} is behind: {} {}, the oldest for {}", s.name, counted(s.lag, "event"), s.lag == 1 ? "waits" : "wait", age_text(s.oldest_event_s)), "MillraceEventsWait", "ops/look ready " + s.name);
    if (s.marks > 0 && s.oldest_mark_s >= behind_s)
      add(s.name, s.oldest_mark_s >= stands_s ? level::bad : level::warning,
          format("{} has {} to derive, the oldest for {}", s.name, counted(s.marks, "group"), age_text(s.oldest_mark_s)), "MillraceMarksWait", "ops/look waiting");
  }

  std::string gone(const service_measure& s) const {
    const auto begin = format("{} has not answered {}", s.name, since(s.answers, m_.now_ms));
    if (s.name == "gateway")
      return begin + ": every webhook is refused";
    const auto topics = s.waiting_topics();
    return begin + (topics ? format(": {} of {} {}", counted(s.lag, "event"), counted(static_cast<std::int64_t>(topics), "topic"), s.lag == 1 ? "waits" : "wait") : std::string(": its tables stand still"));
  }

  // What the servers' own findings say already.
  bool is_told_of_servers(const failing_check& c) const {
    return (!m_.kafka.yes && (c.name == "kafka" || c.name == "ticks")) || (!m_.postgres.yes && (c.name == "postgres" || c.name == "derive" || c.name == "migrations"));
  }

  std::string good() const {
    double oldest = 0;
    std::int64_t waits = 0;
    for (const service_measure& s : m_.services) {
      oldest = std::max(oldest, s.oldest_s());
      waits += s.lag + s.marks;
    }
    if (m_.events_last_minute == 0)
      return (m_.newest_event_ms ? format("Quiet: no event for {}; ", age_text(static_cast<double>(m_.now_ms - m_.newest_event_ms) / 1000)) : std::string("Quiet: no event yet; ")) +
             "all that came is in its tables.";
    if (waits == 0 && m_.waiting_last_minute == 0)
      return m_.events_last_minute == 1 ? "Fresh: the one event of the last minute is in its tables, none waits."
                                        : format("Fresh: all {} events of the last minute are in their tables, none waits.", m_.events_last_minute);
    return format("Fresh: {} of {} are in their tables, the oldest waits {}.", m_.events_last_minute - m_.waiting_last_minute,
                  counted(static_cast<std::int64_t>(m_.events_last_minute), "event") + " of the last minute", age_text(oldest));
  }

  void add(std::string node, level l, std::string text, std::string runbook, std::string command) {
    v_.findings.push_back({std::move(node), l, std::move(text), std::move(runbook), std::move(command)});
  }

  const measurement& m_;
  verdict v_;
};

} // namespace

std::string_view name_of(level l) { return l == level::good ? "good" : l == level::warning ? "warning" : "bad"; }

std::string age_text(double seconds) {
  if (seconds < 9.95)
    return format("{:.1f} s", std::max(0.0, seconds));
  if (seconds < 119.5)
    return format("{:.0f} s", seconds);
  if (seconds < 119.5 * 60)
    return format("{:.0f} min", seconds / 60);
  return format("{:.0f} h", seconds / 3600);
}

bool topic_balance::holds() const { return read == std::accumulate(outcomes.begin(), outcomes.end(), std::int64_t{0}); }

std::size_t service_measure::waiting_topics() const {
  return static_cast<std::size_t>(std::count_if(topics.begin(), topics.end(), [](const auto& t) { return t.second.waits > 0; }));
}

std::array<std::int64_t, 5> service_measure::outcomes() const {
  std::array<std::int64_t, 5> sum{};
  for (const auto& [topic, b] : topics)
    for (std::size_t k = 0; k < sum.size(); ++k)
      sum[k] += b.outcomes[k];
  return sum;
}

std::int64_t service_measure::read() const {
  std::int64_t sum = 0;
  for (const auto& [topic, b] : topics)
    sum += b.read;
  return sum;
}

verdict judge(const measurement& m) { return judging(m).run(); }

} // namespace millrace::console
