#include "alerting/holding.hpp"

namespace millrace::alerting {

using namespace std::chrono_literals;

namespace {
constexpr auto kafka_most = 10s;
constexpr auto between_looks = 1s;
} // namespace

holding::ends holding::ends_of_logs() {
  ends all;
  for (const auto& t : service_.topics)
    for (int p = 0, n = reader_.partitions(t.name, kafka_most); p < n; ++p)
      all[{t.name, p}] = reader_.watermarks({t.name, p}, kafka_most).next;
  return all;
}

bool holding::reached(postgres::connection& c, const ends& wanted) {
  const auto rows = c.query("select topic, partition, next_offset from " + service_.own("applied") + " where cluster_id = $1", {reader_.cluster_id()});
  ends stands;
  for (std::size_t r = 0; r < rows.size(); ++r)
    stands[{std::string(rows.text(r, 0)), static_cast<int>(rows.integer(r, 1))}] = rows.integer(r, 2);
  for (const auto& [p, end] : wanted)
    if (const auto found = stands.find(p); end > 0 && (found == stands.end() || found->second < end))
      return false;
  return true;
}

std::optional<std::string> holding::why(postgres::connection& c) {
  const auto now = std::chrono::steady_clock::now();
  if (!wanted_) {
    wanted_ = ends_of_logs();
    asked_ = now;
  }
  if (reached(c, *wanted_)) {
    was_reached_ = true;
    if (now - asked_ > between_looks)
      wanted_.reset(); // the next look asks anew
  } else if (!was_reached_) {
    return "not all events that were there at the start are read";
  } else if (now - asked_ > late_most) {
    return "some events have waited for more than a minute to be read";
  }
  const auto marks = c.query("select exists (select 1 from " + service_.own("marks") + " where at < now() - $1::interval), exists (select 1 from " + service_.own("replays") + ")",
                             {std::to_string(late_most.count()) + " s"});
  if (marks.text(0, 0) == "t")
    return "some groups have waited for more than a minute to be derived";
  if (marks.text(0, 1) == "t")
    return "events are read again, as their meaning has changed";
  return std::nullopt;
}

} // namespace millrace::alerting
