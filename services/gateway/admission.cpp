#include "admission.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/writer.hpp"
#include "leads/limits.hpp"

#include <algorithm>

namespace millrace::gateway {

namespace {

using postgres::rows;
using postgres::transaction;
using postgres::value;

constexpr std::string_view no_job = R"({"ok":true,"job":null})";

std::string number(std::int64_t n) { return std::to_string(n); }

// One dispatcher of a project at a time, in all gateways.
std::string lock_of(const std::string& project_id) {
  static const auto gateway = gateway_service();
  return number(pipeline::advisory_lock(gateway, "dispatch\n" + project_id));
}

// Counts the call, those that are refused too.
bool is_over_rate(postgres::connection& c, const worker_call& call, std::int64_t most) {
  const std::int64_t minute = call.at.us / second_us / 60 * 60;
  const auto counted = c.query("insert into gateway.rate_limit as r (ip, key, window_start, count) values ('-', $1, to_timestamp($2::bigint), 1)"
                               " on conflict (key, window_start, ip) do update set count = r.count + 1 returning count",
                               {to_hex(crypto::sha1(call.worker)), number(minute)});
  return counted.integer(0, 0) > most;
}

struct nonce_row {
  bool is_new = false, is_accepted = false;
  std::string answer;
};

// The row is locked from here on: of two equal calls at once the second one waits.
nonce_row reserve(transaction& t, const worker_call& call) {
  const auto found = t.query("insert into gateway.hmac_replay as h (account, worker_id, ts, body_sha, method, path, nonce, state) values ($1, $2, $3::bigint, $4, $5, $6, $7, 'reserved')"
                             " on conflict (worker_id, ts, nonce, body_sha, method, path, account) do update set state = h.state returning xmax = 0, state, coalesce(answer, '')",
                             {call.account, call.worker, number(call.ts), call.body_sha, call.method, call.path, call.nonce});
  return {found.text(0, 0) == "t", found.text(0, 1) == "accepted", std::string(found.text(0, 2))};
}

void keep_answer(transaction& t, const worker_call& call, const std::string& answer) {
  t.query("update gateway.hmac_replay set answer = $8 where worker_id = $2 and ts = $3::bigint and nonce = $7 and body_sha = $4 and method = $5 and path = $6 and account = $1",
          {call.account, call.worker, number(call.ts), call.body_sha, call.method, call.path, call.nonce, answer});
}

// ── which job ──

constexpr std::string_view order_of(leads::pick_order o) {
  switch (o) {
  case leads::pick_order::fifo: return "priority desc, queued_at, job";
  case leads::pick_order::newest: return "priority desc, queued_at desc, job";
  case leads::pick_order::random: return "priority desc, random()";
  case leads::pick_order::pow2: return "priority desc, random()";
  case leads::pick_order::fair_query:
    return "priority desc, (select count(*) from gateway.job_grants d where d.project_id = j.project_id and d.query is not distinct from j.query and d.is_done"
           " and d.closed_at > $2::timestamptz - interval '24 hours'), queued_at, job";
  case leads::pick_order::rr_agent:
    return "priority desc, (j.agent is not distinct from (select d.agent from gateway.job_grants d where d.project_id = j.project_id order by d.granted_at desc limit 1)),"
           " queued_at, job";
  }
  throw bug("an order without a name");
}

// Not running, as far as is folded or as time says; not waiting for its time; tried less often than it may be. And no grant of it is
// open, or not folded yet, or ended just now: what its worker said last may be on its way still.
constexpr std::string_view eligible =
    " from gateway.open_jobs j where j.project_id = $1::uuid and j.attempts < j.max_attempts and (j.status = 'queued' or j.lease_end < $2::timestamptz)"
    " and (j.next_retry_at is null or j.next_retry_at <= $2::timestamptz) and (j.locked_until is null or j.locked_until <= $2::timestamptz)"
    " and not exists (select 1 from gateway.job_grants g where g.project_id = j.project_id and g.job = j.job and ("
    "  (g.closed_at is null and g.lease_until > $2::timestamptz)"
    "  or g.closed_at > $2::timestamptz - interval '15 seconds'"
    "  or (g.state = 'published' and g.granted_at > $2::timestamptz - interval '10 minutes' and not j.attempt_ids::jsonb ? g.attempt_id)))";

constexpr std::string_view shown = "select j.job, j.query, j.ll, j.radius_km, j.lang, j.region, j.target_count, j.progress_count, j.last_cursor, j.category, j.city_hint, j.agent";

rows find_job(transaction& t, const worker_call& call, const admission_rules& rules) {
  const std::string now = to_postgres(call.at);
  if (call.asks == worker_call::what::claim)
    return t.query(std::string(shown) + std::string(eligible) + " and j.job = $3", {rules.project_id, now, call.job});
  std::string sql = std::string(shown) + ", j.attempts, j.queued_at" + std::string(eligible) + " order by " + std::string(order_of(rules.pick));
  if (rules.pick == leads::pick_order::pow2) // of two of the greatest priority the one that was tried less
    sql = "select * from (select * from (" + std::string(shown) + ", j.attempts, j.queued_at, j.priority, max(j.priority) over () as greatest" + std::string(eligible) +
          ") e where priority = greatest order by random() limit 2) two order by attempts, queued_at, job";
  return t.query(sql + " limit 1", {rules.project_id, now});
}

// ── what is answered ──

void write_value(json::writer& w, value v, bool is_number) {
  if (!v)
    w.null();
  else if (is_number)
    w.number_text(std::string(*v));
  else
    w.string(*v);
}

bool is_number(std::string_view text) { return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos && (text == "0" || text[0] != '0'); }

std::string answer_of(const rows& job, const granted_job& g, instant now) {
  const instant end{g.at.us + g.lease_s * second_us};
  json::writer w;
  w.begin_object().name("ok").boolean(true).name("job").begin_object();
  w.name("id");
  write_value(w, job.at(0, 0), is_number(job.text(0, 0)));
  constexpr std::pair<std::string_view, bool> members[] = {{"query", false}, {"ll", false}, {"radius_km", true}, {"lang", false}, {"region", false},
                                                           {"target_count", true}, {"progress_count", true}, {"last_cursor", true}};
  std::size_t column = 1;
  for (const auto& [name, number_of] : members) {
    w.name(name);
    write_value(w, job.at(0, column++), number_of);
  }
  w.name("category_id");
  write_value(w, job.at(0, 9), is_number(job.text(0, 9)));
  w.name("city_hint");
  write_value(w, job.at(0, 10), false);
  w.end_object().name("attempt_id").string(g.attempt);
  w.name("lease_sec").number(std::max<std::int64_t>(0, (end.us - now.us) / second_us)).name("lease_expires_at").string(to_rfc3339(end)).end_object();
  return w.take();
}

// ── grants ──

constexpr std::string_view grant_columns = "select job, attempt_id, worker, account, granted_at, lease_s from gateway.job_grants";

granted_job grant_in(const rows& r) {
  return {std::string(r.text(0, 0)), std::string(r.text(0, 1)), std::string(r.text(0, 2)), std::string(r.text(0, 3)), from_postgres(r.text(0, 4)), r.integer(0, 5)};
}

std::optional<granted_job> grant_of_request(transaction& t, const worker_call& call) {
  const auto found = t.query(std::string(grant_columns) + " where request = $1 and state = 'reserved'", {call.request()});
  return found.empty() ? std::nullopt : std::optional(grant_in(found));
}

// What this worker was given and never heard of: its answer, or the gateway, was lost on the way. The grant is this call's from now on.
std::optional<granted_job> own_reserved(transaction& t, const worker_call& call, const admission_rules& rules) {
  const std::string now = to_postgres(call.at);
  const auto found = t.query(std::string(grant_columns) + " where project_id = $1::uuid and worker = $2 and account = $5 and state = 'reserved' and closed_at is null and lease_until > $3::timestamptz"
                             " and ($4 = '' or job = $4) order by granted_at desc limit 1",
                             {rules.project_id, call.worker, now, call.asks == worker_call::what::claim ? call.job : std::string(), call.account});
  if (found.empty())
    return std::nullopt;
  auto g = grant_in(found);
  t.query("update gateway.job_grants set request = $1 where project_id = $2::uuid and job = $3 and attempt_id = $4", {call.request(), rules.project_id, g.job, g.attempt});
  return g;
}

granted_job grant(transaction& t, const worker_call& call, const admission_rules& rules, const rows& job) {
  const auto lease = std::clamp(call.lease_s.value_or(rules.lease_s), leads::lease_s_min, leads::lease_s_max);
  granted_job g{std::string(job.text(0, 0)), to_hex(crypto::random_bytes(8)), call.worker, call.account, call.at, lease};
  t.query("insert into gateway.job_grants (request, project_id, account, job, attempt_id, worker, granted_at, lease_s, lease_until, state, query, agent)"
          " values ($1, $2::uuid, $3, $4, $5, $6, $7::timestamptz, $8::bigint, $9::timestamptz, 'reserved', $10, $11)",
          {call.request(), rules.project_id, call.account, g.job, g.attempt, call.worker, to_postgres(g.at), number(lease), to_postgres({g.at.us + lease * second_us}),
           job.at(0, 1), job.at(0, 11)});
  return g;
}

rows shown_job(transaction& t, const admission_rules& rules, const std::string& job) {
  return t.query(std::string(shown) + " from gateway.open_jobs j where j.project_id = $1::uuid and j.job = $2", {rules.project_id, job});
}

admitted hand_out(transaction& t, const worker_call& call, const admission_rules& rules) {
  if (auto own = own_reserved(t, call, rules))
    if (const auto job = shown_job(t, rules, own->job); !job.empty())
      return {admitted::outcome::go, answer_of(job, *own, call.at), std::move(own)};
  const auto job = rules.may_grant ? find_job(t, call, rules) : rows();
  if (!rules.may_grant || job.empty())
    return {call.asks == worker_call::what::claim ? admitted::outcome::unavailable : admitted::outcome::go, std::string(no_job), std::nullopt};
  auto g = grant(t, call, rules, job);
  return {admitted::outcome::go, answer_of(job, g, call.at), std::move(g)};
}

// A report keeps the job for its worker, or gives it back; and whether somebody else was given it since.
std::string follow_report(transaction& t, const worker_call& call, const admission_rules& rules) {
  const std::string now = to_postgres(call.at), until = to_postgres({call.at.us + call.extend_s * second_us});
  t.query("update gateway.job_grants set lease_until = greatest(lease_until, $5::timestamptz), closed_at = case when $6::boolean then $4::timestamptz end, is_done = $7::boolean"
          " where request = (select g.request from gateway.job_grants g where g.project_id = $1::uuid and g.job = $2 and g.worker = $3 and ($8 = '' or g.attempt_id = $8)"
          "  order by g.granted_at desc limit 1) and closed_at is null",
          {rules.project_id, call.job, call.worker, now, until, call.done || call.failed ? "t" : "f", call.done ? "t" : "f", call.attempt});
  const auto later = t.query("select exists (select 1 from gateway.job_grants g where g.project_id = $1::uuid and g.job = $2 and g.granted_at > ("
                             "select max(o.granted_at) from gateway.job_grants o where o.project_id = $1::uuid and o.job = $2 and o.worker = $3 and ($4 = '' or o.attempt_id = $4)))",
                             {rules.project_id, call.job, call.worker, call.attempt});
  return later.text(0, 0) == "t" ? "stale" : "";
}

admitted found_before(transaction& t, const worker_call& call, const nonce_row& row) {
  if (row.is_accepted)
    return {call.asks == worker_call::what::report ? admitted::outcome::replayed : admitted::outcome::repeated, row.answer, std::nullopt};
  // Nobody knows whether it was published: the same again is the same event.
  return {admitted::outcome::go, row.answer, call.wants_job() ? grant_of_request(t, call) : std::nullopt};
}

} // namespace

admitted admit(postgres::connection& c, const worker_call& call, const admission_rules& rules) {
  if (is_over_rate(c, call, rules.calls_per_min))
    return {admitted::outcome::over_rate, {}, std::nullopt};
  auto t = c.begin();
  if (call.wants_job())
    t.query("select pg_advisory_xact_lock($1::bigint)", {lock_of(rules.project_id)});
  const auto row = reserve(t, call);
  admitted made;
  if (!row.is_new) {
    made = found_before(t, call, row);
  } else {
    if (call.wants_job())
      made = hand_out(t, call, rules);
    else if (call.asks == worker_call::what::report)
      made.answer = follow_report(t, call, rules);
    else
      made.answer = R"({"ok":true})";
    if (made.what == admitted::outcome::unavailable)
      return made; // rolled back: asked again, it may be there
    keep_answer(t, call, made.answer);
  }
  t.commit();
  return made;
}

void accept(postgres::connection& c, const worker_call& call, bool granted) {
  auto t = c.begin();
  if (granted)
    t.query("update gateway.job_grants set state = 'published' where request = $1", {call.request()});
  t.query("update gateway.hmac_replay set state = 'accepted' where worker_id = $2 and ts = $3::bigint and nonce = $7 and body_sha = $4 and method = $5 and path = $6 and account = $1",
          {call.account, call.worker, number(call.ts), call.body_sha, call.method, call.path, call.nonce});
  t.commit();
}

bool clean(postgres::connection& c, instant now) {
  constexpr std::pair<std::string_view, std::string_view> old[] = {
      {"gateway.hmac_replay", "ts < extract(epoch from $1::timestamptz - interval '7 days')"},
      {"gateway.rate_limit", "window_start < $1::timestamptz - interval '2 days'"},
      {"gateway.job_grants", "granted_at < $1::timestamptz - interval '7 days'"},
  };
  std::size_t removed = 0;
  for (const auto& [table, is_old] : old)
    removed = std::max(removed, c.query(format("delete from {0} where ctid in (select ctid from {0} where {1} limit 10000)", table, is_old), {to_postgres(now)}).affected());
  return removed > 0;
}

} // namespace millrace::gateway
