#include "pipeline/status.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

namespace millrace::pipeline {

bool topic_balance::holds() const {
  return next - first == std::accumulate(outcomes.begin(), outcomes.end(), std::int64_t{0});
}

service_status read_status(postgres::connection& c, const service& s) {
  service_status status;
  const auto balance = c.query("select topic, sum(first_offset), sum(next_offset), sum(applied), sum(ignored), sum(duplicate), sum(error), sum(stuck)"
                               " from " + s.own("applied") + " group by topic");
  for (std::size_t r = 0; r < balance.size(); ++r) {
    auto& topic = status.topics[std::string(balance.text(r, 0))];
    topic.first = balance.integer(r, 1);
    topic.next = balance.integer(r, 2);
    for (std::size_t k = 0; k < topic.outcomes.size(); ++k)
      topic.outcomes[k] = balance.integer(r, 3 + k);
    status.stuck_events += topic.outcomes[4];
  }
  const auto marks = c.query("select count(*), coalesce(extract(epoch from now() - min(at)), 0)::float8 from (select at from " + s.own("marks") +
                             " limit 100000) m");
  status.marks = marks.integer(0, 0);
  const auto age = marks.text(0, 1);
  std::from_chars(age.data(), age.data() + age.size(), status.oldest_mark_seconds);
  status.oldest_mark_seconds = std::max(0.0, status.oldest_mark_seconds);
  status.stuck_groups = c.query("select count(*) from " + s.own("stuck_groups")).integer(0, 0);
  status.outbox = c.query("select count(*) from " + s.own("outbox")).integer(0, 0);
  const auto findings = c.query("select kind, count(*) from " + s.own("findings") + " group by kind");
  for (std::size_t r = 0; r < findings.size(); ++r)
    status.findings[std::string(findings.text(r, 0))] = findings.integer(r, 1);
  return status;
}

std::map<kafka::partition_id, std::int64_t> read_positions(postgres::connection& c, const service& s) {
  std::map<kafka::partition_id, std::int64_t> next;
  const auto rows = c.query("select topic, partition, max(next_offset) from " + s.own("applied") + " group by 1, 2");
  for (std::size_t r = 0; r < rows.size(); ++r)
    next[{std::string(rows.text(r, 0)), static_cast<int>(rows.integer(r, 1))}] = rows.integer(r, 2);
  return next;
}

std::map<std::string, std::int64_t> count_rows(postgres::connection& c, const service& s) {
  std::set<std::string> places = {s.place(raw_events_table())};
  for (const auto* d : s.domains) {
    for (const auto& raw : d->raw_tables)
      places.insert(s.place(raw));
    for (const auto* t : d->graph->tables)
      places.insert(s.place(*t));
  }
  std::map<std::string, std::int64_t> rows;
  for (const auto& place : places) {
    std::string name = place;
    std::erase(name, '"');
    rows[name] = c.query("select count(*) from " + place).integer(0, 0);
  }
  return rows;
}

} // namespace millrace::pipeline
