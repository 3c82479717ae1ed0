#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/tables.hpp"
#include "core/encoding.hpp"
#include "fold/last_said.hpp"
#include "leads/job_functions.hpp"
#include "leads/lap.hpp"
#include "leads/limits.hpp"
#include "leads/rules.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::contact_sync::leads {
namespace {

using namespace millrace::leads;
using fold::cell;
using fold::last_said;
using fold::row;

constexpr std::int64_t day_us = 86'400 * second_us;

cell time_or_null(const std::optional<instant>& t) { return t ? cell(to_postgres(*t)) : cell(); }
cell text_or_null(const std::optional<std::string>& text, std::size_t characters) { return text ? cell(cut_characters(*text, characters)) : cell(); }
cell number(std::int64_t n) { return std::to_string(n); }
cell truth(bool b) { return b ? "t" : "f"; }

// A time as a fact says it; what is none is nothing.
cell said_time(std::span<const fold::fact> facts, std::string_view field) {
  const auto said = last_said(facts, field);
  if (!said)
    return std::nullopt;
  const auto parsed = parse_rfc3339(*said);
  return parsed ? cell(to_postgres(*parsed)) : cell();
}

row job_row(std::string_view job, const job_facts& facts, const job_state& s) {
  namespace c = internal_jobs;
  row out(c::deleted_at + 1);
  out[c::job] = std::string(job);
  constexpr std::pair<c::column, std::string_view> said[] = {
      {c::requested_by, "requested_by"}, {c::role, "role"}, {c::agent, "agent"}, {c::category, "category"}, {c::job_group, "group"}, {c::query, "query"},
      {c::ll, "ll"}, {c::radius_km, "radius_km"}, {c::lang, "lang"}, {c::region, "region"}, {c::target_count, "target_count"},
      {c::max_attempts, "max_attempts"}, {c::city_hint, "city_hint"}};
  for (const auto& [column, field] : said)
    out[column] = last_said(facts.set, field);
  out[c::priority] = last_said(facts.set, "priority").value_or("0");
  out[c::locked_until] = said_time(facts.set, "locked_until");
  out[c::queued_at] = said_time(facts.set, "queued_at");
  out[c::status] = name_of(s.status);
  if (const auto* a = s.current ? &s.attempts[*s.current] : nullptr) {
    if (s.status == job_status::processing || s.status == job_status::done)
      out[c::worker] = a->worker;
    out[c::claimed_at] = to_postgres(a->claimed);
    if (s.status == job_status::processing)
      out[c::attempt_id] = a->id;
  }
  out[c::attempts] = number(s.attempts_made);
  out[c::finished_at] = time_or_null(s.finished);
  out[c::result_count] = number(s.phones_found);
  out[c::progress_count] = number(s.progress_count);
  out[c::last_cursor] = s.last_cursor;
  out[c::last_progress_at] = time_or_null(s.last_progress);
  out[c::lease_expires_at] = time_or_null(s.lease_end);
  out[c::next_retry_at] = time_or_null(s.next_retry);
  out[c::last_error] = text_or_null(s.last_error, log_characters_max);
  out[c::done_reason] = s.done_reason;
  out[c::created_at] = to_postgres(s.created);
  out[c::updated_at] = to_postgres(s.updated);
  out[c::is_stub] = truth(s.is_stub);
  out[c::deleted_at] = time_or_null(s.deleted);
  return out;
}

// Rows that have an end of life: there while T has not come so far, and the group wakes when it does.
class ending {
public:
  ending(instant now, rows_out& out) : now_(now), out_(out) {}
  bool lives(instant from, std::int64_t days) {
    const instant end{from.us + days * day_us};
    if (now_ >= end)
      return false;
    out_.wake(end);
    return true;
  }

private:
  const instant now_;
  rows_out& out_;
};

} // namespace

void derive_every_job(std::string_view, reader& r, rows_out& out) { sweep_jobs("job", r, out); }

void derive_job(std::string_view job, reader& r, rows_out& out) {
  out.claim(internal_jobs::table(), internal_jobs::by_job, job);
  out.claim(job_attempts::table(), job_attempts::by_job, job);
  out.claim(dead_letter_jobs::table(), dead_letter_jobs::by_job, job);
  out.claim(idempotency_keys::table(), idempotency_keys::by_job, job);
  const auto facts = job_facts_of(job, r);
  const auto rules = job_rules_from(rules_row(r));
  const auto now = r.now();
  const auto state = job_run(facts, rules, now);
  if (!state)
    return;
  out.put(internal_jobs::table(), job_row(job, facts, *state));
  if (state->lease_end)
    out.wake(*state->lease_end);

  ending rows(now, out);
  const std::string name(job);
  for (const auto& a : state->attempts)
    if (a.finished && rows.lives(*a.finished, rules.attempts_ttl_days.last(job_rules::ttl_days_otherwise)))
      out.put(job_attempts::table(), {name, a.worker, to_postgres(a.claimed), to_postgres(*a.finished), truth(a.success),
                                      text_or_null(a.log_excerpt, log_characters_max), a.id});
  if (const auto& d = state->dead; d && rows.lives(d->since, rules.dead_ttl_days.last(job_rules::ttl_days_otherwise)))
    out.put(dead_letter_jobs::table(), {name, d->worker, d->reason, text_or_null(d->payload, log_characters_max), to_postgres(d->since), d->attempt});
  for (const auto& [key, at] : state->keys)
    out.put(idempotency_keys::table(), {name, key, to_postgres(at)});
}

void job_changed(std::string_view job, std::span<const change> changes, reader&, marks& m) {
  namespace c = internal_jobs;
  for (const auto& one : changes) {
    if (one.of != &c::table())
      continue;
    const auto differs = [&](std::size_t column) {
      return (one.before ? (*one.before)[column] : cell()) != (one.after ? (*one.after)[column] : cell());
    };
    if (differs(c::job_group) || differs(c::requested_by) || differs(c::role) || differs(c::agent))
      m.add("job_leads", fold::join_key({job, ""}));
  }
}

void derive_job_leads(std::string_view job_and_stamp, reader& r, rows_out& out) { derive_job_phones("job_leads", job_and_stamp, "lead", r, out); }

} // namespace millrace::contact_sync::leads
