#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "core/failure.hpp"
#include "fold/last_said.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/lap.hpp"
#include "leads/watch_rules.hpp"
#include "leads/worker_secret.hpp"

#include <utility>

namespace millrace::alerting::leads {
namespace {

using namespace millrace::leads;
using fold::cell;
using fold::last_said;

constexpr std::int64_t gap_least_us = watch_rules::online_window_s_least * second_us; // the least that can make a worker offline
constexpr std::string_view offline = "worker_offline";

const fold::row* rules_row(reader& r) { return r.first(watch_rules_table(), 0, "watch"); }

// "<worker>/<bucket>" of a fact's group, as the rows are keyed.
std::pair<std::string, std::string> parts_of(std::string_view group) {
  const auto parts = fold::split_key(group);
  return {parts.at(0), to_postgres(parse_rfc3339(parts.at(1)).value())};
}
std::string group_of(const fold::row& presence_row) {
  return fold::join_key({*presence_row[presence::worker], to_rfc3339(from_postgres(*presence_row[presence::bucket]))});
}

const fold::row* nearest(reader& r, const fold::table& t, std::size_t path, std::string_view value, std::string_view after, fold::direction d) {
  const auto& found = r.rows_after(t, path, value, after, 1, d);
  return found.empty() ? nullptr : &found.front();
}
const fold::row* last_of(reader& r, const fold::table& t, std::size_t path, std::string_view value) { return nearest(r, t, path, value, "", fold::direction::backward); }

} // namespace

void derive_presence(std::string_view worker_and_bucket, reader& r, rows_out& out) {
  const auto [worker, bucket] = parts_of(worker_and_bucket);
  out.claim(presence::table(), presence::by_key, fold::join_key({worker, bucket}));
  const auto& facts = r.facts("worker_seen", worker_and_bucket);
  if (facts.empty())
    return;
  json::writer gaps;
  gaps.begin_array();
  bool any = false;
  for (std::size_t n = 1; n < facts.size(); ++n)
    if (const auto from = facts[n - 1].time(), to = facts[n].time(); to.us - from.us > gap_least_us) {
      gaps.begin_array().string(to_rfc3339(from)).string(to_rfc3339(to)).end_array();
      any = true;
    }
  gaps.end_array();
  const auto info = last_said(facts, "info"), host = last_said(facts, "host"), version = last_said(facts, "version");
  out.put(presence::table(), {worker, bucket, to_postgres(facts.front().time()), to_postgres(facts.back().time()), any ? cell(gaps.take()) : cell(),
                              cell(facts.back().text_or_empty("status")), info, host, version, info || host || version ? "t" : "f"});
}

// The silence before a bucket belongs to the bucket in which it begins.
void presence_changed(std::string_view worker_and_bucket, std::span<const change>, reader& r, marks& m) {
  const auto [worker, bucket] = parts_of(worker_and_bucket);
  m.add("silences", worker_and_bucket);
  m.add("worker", worker);
  if (const auto* before = nearest(r, presence::table(), presence::by_in_time, worker, fold::position_at(bucket), fold::direction::backward))
    m.add("silences", group_of(*before));
}

void derive_every_silence(std::string_view, reader& r, rows_out& out) {
  constexpr std::string_view kinds[] = {"worker_seen"}; // a group of them has one row of presence
  const auto* rules = rules_row(r);
  derive_lap("every_silence", rules ? rules->back().value_or("-") : "-", kinds, "silences", r, out);
}

void derive_silences(std::string_view worker_and_bucket, reader& r, rows_out& out) {
  const auto [worker, bucket] = parts_of(worker_and_bucket);
  alerts_of alerts("silences", worker_and_bucket, out);
  const auto* own = r.first(presence::table(), presence::by_key, fold::join_key({worker, bucket}));
  const auto* next = nearest(r, presence::table(), presence::by_in_time, worker, fold::position_at(bucket), fold::direction::forward);
  const auto window_us = watch_rules_from(rules_row(r)).online_window_us();
  const auto now = r.now();
  if (!own)
    return;
  const auto silent = [&, w = worker](instant from, std::optional<instant> to) {
    const auto created = later_by(from, window_us);
    if (!to && now <= created)
      out.wake(later_by(created, 1));
    if (to.value_or(now) <= created)
      return;
    json::writer payload;
    payload.begin_object().name("worker").string(w).name("last_seen").string(to_rfc3339(from)).end_object();
    alerts.put({std::string(offline), w, from, created, to, "worker " + w + " is offline", payload.take()});
  };
  if (const auto& gaps = (*own)[presence::gaps]) {
    const auto parsed = json::parse(*gaps);
    for (const auto gap : parsed.value().root().children())
      silent(parse_rfc3339(gap.element(0)->text()).value(), parse_rfc3339(gap.element(1)->text()).value());
  }
  silent(from_postgres(*(*own)[presence::last_at]), next ? std::optional(from_postgres(*(*next)[presence::first_at])) : std::nullopt);
}

void silences_changed(std::string_view worker_and_bucket, std::span<const change> changes, reader&, marks& m) {
  m.add("worker", parts_of(worker_and_bucket).first);
  mark_notices(changes, m);
}

void derive_worker(std::string_view worker, reader& r, rows_out& out) {
  out.claim(internal_workers::table(), internal_workers::by_worker, worker);
  const auto* last = last_of(r, presence::table(), presence::by_in_time, worker);
  const auto* informed = last_of(r, presence::table(), presence::by_informed, worker);
  const auto* claim = last_of(r, job_workers::table(), job_workers::by_claims, worker);
  const auto* silence = last_of(r, alert_events::table(), alert_events::by_episodes, fold::join_key({offline, worker}));
  const auto& set = r.facts("worker_set", worker);
  const auto& secrets = r.facts("worker_secret", worker);
  if (!last && !claim && set.empty() && secrets.empty())
    return;
  const auto of = [](const fold::row* from, std::size_t column) { return from ? (*from)[column] : cell(); };
  const auto keys = secrets_of(secrets);
  const auto sealed = [](const std::optional<worker_secrets::one>& key) { return key ? cell(key->sealed) : cell(); };
  const auto id_of = [](const std::optional<worker_secrets::one>& key) { return key ? cell(key->key_id) : cell(); };
  const bool works = claim && (*claim)[job_workers::active] == "t";
  const bool is_silent = silence && !(*silence)[alert_events::resolved_at];
  out.put(internal_workers::table(),
          {std::string(worker), of(last, presence::last_at), of(informed, presence::info), of(informed, presence::host), of(informed, presence::version), of(last, presence::status),
           works ? (*claim)[job_workers::job] : cell(), sealed(keys.current), sealed(keys.rotating_to), time_or_null(keys.rotated),
           last_said(set, "rate_limit_per_min"), id_of(keys.current), id_of(keys.rotating_to),
           is_silent ? (*silence)[alert_events::start_at] : cell()});
}

} // namespace millrace::alerting::leads
