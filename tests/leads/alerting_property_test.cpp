// Random histories of workers, jobs, limits, logins and notices: any order, duplicates, events taken back and told anew, ticks
// early, late and doubled, passes over some of the marks. In the end the tables are those of one derivation of everything at the
// last tick, and those of the naive oracle. MILLRACE_SEED=<n> replays one history; MILLRACE_ITERATIONS=<n> runs so many.
#include "alerting/leads/graph.hpp"
#include "alerting_oracle.hpp"
#include "random_history.hpp"
#include "watched.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

using namespace millrace;
using namespace millrace::in_memory;
using namespace millrace::watched;

namespace {

using lines = std::vector<std::string>;

class world_of_alerts : public random_world {
public:
  explicit world_of_alerts(std::uint64_t seed) : random_world(seed), focus_(below(9)) {}

  told event(std::size_t number) override {
    auto e = some();
    e.id = "e" + std::to_string(number);
    return e;
  }
  told tick() {
    const auto at = is_of_the_line() ? hour() : when() + static_cast<std::int64_t>(below(4)) * 300;
    latest_ = std::max(latest_.value_or(at), at);
    return watched::tick(at);
  }
  void let_time_pass(line& l) override {
    if (one_in(6))
      l.record(tick());
  }
  std::optional<std::int64_t> latest() const { return latest_; }

private:
  // Few moments, many at once, steps of half the least window; some months away.
  std::int64_t when() { return static_cast<std::int64_t>(below(40)) * 45 + (one_in(8) ? 7200 : 0) + (one_in(20) ? 91 * 86'400 : 0); }
  std::string worker() { return pick({"A", "A", "B"}); }
  std::string job() { return pick({"1", "2"}); }

  // Of the line itself: hours rather than seconds, a fortnight away now and then.
  bool is_of_the_line() const { return focus_ >= 6; }
  std::int64_t hour() { return static_cast<std::int64_t>(below(60)) * 1800 + (one_in(6) ? 13 * 86'400 : 0) + (one_in(12) ? 43 * 86'400 : 0) + static_cast<std::int64_t>(below(3)) * 300; }
  told of_the_line() {
    switch (focus_ == 6 ? below(5) : focus_ == 7 ? 2 + below(4) : 5) {
    case 0: case 1: case 2: {
      std::vector<std::pair<std::int64_t, std::int64_t>> hours;
      for (auto n = 1 + below(9); n > 0; --n) {
        const auto first = hour();
        hours.emplace_back(first, one_in(3) ? -1 : first / 3600 * 3600 + (first % 3600 + 3600) / 2);
      }
      return heard(hour(), pick({"ghl:l/1", "ghl:l/1", "x:2"}), hours);
    }
    case 3: case 4: return bound(hour(), "ghl", "l/1", one_in(2));
    default: return trouble(hour(), pick({"stuck", "finding"}), "cs", "f/g", static_cast<int>(below(3)));
    }
  }
  told some() {
    if (is_of_the_line())
      return of_the_line();
    switch (focus_ == 0 ? below(4) : focus_ == 1 ? 4 + below(4) : focus_ == 2 ? below(2) + 9 * below(2) : focus_ == 3 ? 12 : focus_ == 4 ? 8 + below(2) : below(14)) {
    case 0: case 1: case 2: return seen_then();
    case 3: case 8: return a_setting();
    case 4: return claimed(when(), job(), pick({"a", "b", "c"}), worker(), pick({"30", "90", "600"}));
    case 5: case 6: return a_report();
    case 7: return ordered(when(), job(), pick({"requeue", "cancel", "dead_delete"}));
    case 9: return a_telling();
    case 10: return refused(when(), pick({"k", "l"}), static_cast<std::int64_t>(below(3)) * 60 + (one_in(4) ? 86'400 : 0), static_cast<int>(below(4)) * 150);
    case 11:
      if (one_in(4)) {
        auto plain = secret(when(), worker(), "set", "k1");
        plain.facts.front().fields["sealed"] = {"hunter2"};
        return plain;
      }
      return secret(when(), worker(), pick({"set", "rotating", "promoted", "cleared"}), pick({"k1", "k2"}));
    case 12: return login(when(), pick({"10.0.0.1", "10.0.0.1", "10.0.0.2"}), "ann");
    default: return raised(when(), pick({"disk_full", "worker_offline"}), pick({"h/1", ""}), pick({"x", "y"}));
    }
  }
  told seen_then() {
    auto e = seen(when(), worker(), pick({"idle", "pulling", "reporting"}));
    if (one_in(3))
      e.facts.front().fields["host"] = {pick({"h1", "h2"})};
    return e;
  }
  told a_report() {
    return reported(when(), job(), worker(), pick({"a", "b", "c"}), one_in(2) ? "[]" : R"([{"phone":")" + pick({"0501234567", "0501234568"}) + "\"}]",
                    {{"error", {pick({"", "", "boom"})}}, {"done", {pick({"false", "false", "true"})}}, {"extend_s", {pick({"60", "600"})}}});
  }
  told a_setting() {
    switch (below(4)) {
    case 0: return setting(when(), "worker_online_window_sec", pick({"5", "45", "135", "300", "x"}));
    case 1: return setting(when(), "stuck_minutes", pick({"5", "6", "1000"}));
    case 2: return setting(when(), "max_attempts_default", pick({"1", "2"}));
    default: return setting(when(), "dead_letter_ttl_days", pick({"0", "1", "90"}));
    }
  }
  told a_telling() {
    const auto kind = pick({"worker_offline", "worker_offline", "dlq_not_empty", "job_stuck"});
    return notified(when(), kind, kind == "worker_offline" ? worker() : kind == "job_stuck" ? job() : "jobs", when(), pick({"raised", "raised", "resolved"}), pick({"slack", "pager"}),
                    pick({"sent", "sent", "capped", "refused"}));
  }

  std::size_t focus_;
  std::optional<std::int64_t> latest_;
};

// The rows that the oracle knows of, as it says them.
lines shown(const line& l) {
  lines all;
  const auto add = [&](const std::string& name, std::string_view table, std::initializer_list<std::string_view> columns) {
    for (const auto& r : l.show(table, columns))
      all.push_back(name + "|" + r);
  };
  add("alert", "alert_events", {"kind", "subject", "start_at", "created_at", "resolved_at"});
  add("worker", "internal_workers", {"worker", "last_seen", "status", "host", "active_job", "offline_since", "secret", "rotating_to"});
  add("notice", "notices", {"kind", "subject", "start_at", "state", "wanted", "told", "recipients"});
  add("attempt", "auth_attempts", {"ip", "key", "created_at"});
  add("setting", "settings", {"key", "value"});
  std::sort(all.begin(), all.end());
  return all;
}

testing::AssertionResult holds(std::uint64_t seed) {
  world_of_alerts w(seed);
  line l(alerting_leads());
  auto present = live_through(l, random_events(w, 14, 50), w);
  if (!w.one_in(10))
    l.record(w.tick());
  l.drain();
  if (w.latest())
    present.insert(present.begin(), tick(*w.latest()));
  if (auto r = same("incremental → whole", l.rows(), line::whole(alerting_leads(), present)); !r)
    return r;
  return same("rows → oracle", shown(l), said_of(l.facts(), w.latest() ? after_2026(*w.latest()) : instant()));
}

} // namespace

TEST(alerting_property, any_history_gives_the_rows_of_its_events) { for_each_seed(holds); }
