#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "json/writer.hpp"
#include "leads/job_functions.hpp"
#include "leads/job_run.hpp"
#include "leads/watch_rules.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace millrace::alerting::leads {
namespace {

using namespace millrace::leads;
using fold::cell;

constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::size_t ranges_a_page = 1000;

const fold::row* watched_by(reader& r) { return r.first(watch_rules_table(), 0, "watch"); }

// In the dead letters from then on, until somebody took it out or its time there was over.
struct range {
  instant from;
  std::optional<instant> to;
};

std::vector<range> dead_ranges_of(const job_state& s, std::int64_t ttl_days, instant now, rows_out& out) {
  std::vector<range> ranges;
  const auto end_of_life = [&](instant from) { return later_by(from, ttl_days * day_us); };
  for (const auto& [from, to] : s.dead_before)
    ranges.push_back({from, std::min(to, end_of_life(from))});
  if (!s.dead)
    return ranges;
  const auto end = end_of_life(s.dead->since);
  if (now < end)
    out.wake(end);
  ranges.push_back({s.dead->since, now < end ? std::nullopt : std::optional(end)});
  return ranges;
}

// The silences of an attempt: from its claim, or a report that brought something new, to the next such report or its end.
void put_stuck(std::string_view job, const attempt& a, std::int64_t limit_us, instant now, alerts_of& alerts, rows_out& out) {
  auto since = a.claimed;
  const auto until = [&](std::optional<instant> next) {
    const auto created = later_by(since, limit_us);
    if (!next && now <= created)
      out.wake(later_by(created, 1));
    if (next.value_or(now) <= created)
      return;
    json::writer w;
    w.begin_object().name("job").string(job).name("worker").string(a.worker).name("attempt").string(a.id).end_object();
    alerts.put({"job_stuck", std::string(job), since, created, next, "job " + std::string(job) + " of worker " + a.worker + " makes no progress", w.take()});
  };
  for (const auto p : a.progress) {
    until(p);
    since = p;
  }
  until(a.finished);
}

} // namespace

void derive_watch_rules(std::string_view, reader& r, rows_out& out) {
  out.claim(watch_rules_table(), 0, "watch");
  auto rules = watch_rules_row(r);
  if (std::any_of(rules.begin() + 1, rules.end(), [](const cell& c) { return c.has_value(); }))
    out.put(watch_rules_table(), std::move(rules));
}

void derive_every_job(std::string_view, reader& r, rows_out& out) { sweep_jobs("job_watch", watched_by(r), r, out); }

void derive_job_watch(std::string_view job, reader& r, rows_out& out) {
  out.claim(dead_ranges::table(), dead_ranges::by_job, job);
  out.claim(job_workers::table(), job_workers::by_job, job);
  alerts_of alerts("job_watch", job, out);
  const auto rules = watch_rules_from(watched_by(r));
  const auto now = r.now();
  const auto state = job_run(job_facts_of(job, r), rules.jobs, now);
  if (!state)
    return;
  if (state->lease_end)
    out.wake(*state->lease_end);
  const std::string name(job);
  for (const auto& d : dead_ranges_of(*state, rules.jobs.dead_ttl_days.last(job_rules::ttl_days_otherwise), now, out))
    if (!d.to || d.from < *d.to)
      out.put(dead_ranges::table(), {name, to_postgres(d.from), time_or_null(d.to)});

  std::map<std::string, instant> last_claims;
  for (const auto& a : state->attempts) {
    auto& last = last_claims.try_emplace(a.worker, a.claimed).first->second;
    last = std::max(last, a.claimed);
    put_stuck(job, a, rules.stuck_us(), now, alerts, out);
  }
  const auto* current = state->status == job_status::processing && state->current ? &state->attempts[*state->current] : nullptr;
  for (const auto& [worker, last] : last_claims)
    out.put(job_workers::table(), {name, worker, to_postgres(last), current && current->worker == worker ? "t" : "f"});
}

void job_watch_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes) {
    if (c.of == &dead_ranges::table())
      m.add("dlq", "");
    else if (c.of == &job_workers::table())
      m.add("worker", *(c.after ? *c.after : *c.before)[job_workers::worker]);
  }
  mark_notices(changes, m);
}

// One alert for each time in which any job was in the dead letters.
void derive_dlq(std::string_view, reader& r, rows_out& out) {
  alerts_of alerts("dlq", "", out);
  std::vector<alert> all; // the last one's end may still move
  const auto& table = dead_ranges::table();
  std::string after;
  for (bool more = true; more;) {
    const auto& page = r.rows_after(table, dead_ranges::by_in_time, "", after, ranges_a_page);
    more = page.size() == ranges_a_page;
    if (!page.empty())
      after = fold::position_of(table, table.paths[dead_ranges::by_in_time], page.back());
    for (const auto& one : page) {
      const auto from = from_postgres(*one[dead_ranges::from_at]);
      const auto to = one[dead_ranges::to_at] ? std::optional(from_postgres(*one[dead_ranges::to_at])) : std::nullopt;
      if (all.empty() || (all.back().resolved && *all.back().resolved < from))
        all.push_back(alert{"dlq_not_empty", "jobs", from, from, to, "jobs are in the dead letters"});
      else if (auto& end = all.back().resolved; end && (!to || *end < *to))
        end = to;
    }
  }
  for (const auto& one : all)
    alerts.put(one);
}

} // namespace millrace::alerting::leads
