#include "gateway/dispatch/open_jobs.hpp"

#include "fold/last_said.hpp"
#include "json/writer.hpp"
#include "leads/job_functions.hpp"

namespace millrace::gateway {

using fold::cell;
using fold::column_type;
using fold::last_said;
using fold::row;

namespace open_jobs {
const fold::table& table() {
  static const fold::table t{
      .name = "open_jobs",
      .columns = {{.name = "job"}, {.name = "status"}, {.name = "priority", .type = column_type::integer},
                  {.name = "queued_at", .type = column_type::timestamp}, {.name = "agent"}, {.name = "query"}, {.name = "ll"},
                  {.name = "radius_km", .type = column_type::integer}, {.name = "lang"}, {.name = "region"},
                  {.name = "target_count", .type = column_type::integer}, {.name = "progress_count", .type = column_type::integer},
                  {.name = "last_cursor", .type = column_type::integer}, {.name = "category"}, {.name = "city_hint"},
                  {.name = "attempts", .type = column_type::integer}, {.name = "max_attempts", .type = column_type::integer},
                  {.name = "next_retry_at", .type = column_type::timestamp}, {.name = "locked_until", .type = column_type::timestamp},
                  {.name = "lease_end", .type = column_type::timestamp}, {.name = "attempt_ids", .type = column_type::json}},
      .key = {job},
      .paths = {{.name = "job", .columns = {job}}},
  };
  return t;
}
} // namespace open_jobs

namespace {

cell time_or_null(const std::optional<instant>& t) { return t ? cell(to_postgres(*t)) : cell(); }
cell number(std::int64_t n) { return std::to_string(n); }

std::optional<instant> said_time(std::span<const fold::fact> facts, std::string_view field) {
  const auto said = last_said(facts, field);
  const auto parsed = said ? parse_rfc3339(*said) : result<instant>(bad("bad_time", "", ""));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

cell ids_of(const leads::job_state& s) {
  json::writer w;
  w.begin_array();
  for (const auto& a : s.attempts)
    w.string(a.id);
  return w.end_array().take();
}

} // namespace

void derive_every_job(std::string_view, fold::reader& r, fold::rows_out& out) { leads::sweep_jobs("open_job", r, out); }

void derive_open_job(std::string_view job, fold::reader& r, fold::rows_out& out) {
  using namespace open_jobs;
  out.claim(table(), by_job, job);
  const auto facts = leads::job_facts_of(job, r);
  const auto rules = leads::job_rules_from(leads::rules_row(r));
  const auto s = leads::job_run(facts, rules, instant{});
  const bool open = s && (s->status == leads::job_status::queued || s->status == leads::job_status::processing);
  if (!open || s->is_stub || s->deleted)
    return;
  row made(attempt_ids + 1);
  made[open_jobs::job] = std::string(job);
  made[status] = name_of(s->status);
  made[priority] = last_said(facts.set, "priority").value_or("0");
  made[queued_at] = to_postgres(said_time(facts.set, "queued_at").value_or(s->created));
  constexpr std::pair<column, std::string_view> said[] = {{agent, "agent"}, {query, "query"}, {ll, "ll"}, {radius_km, "radius_km"},
                                                          {lang, "lang"}, {region, "region"}, {target_count, "target_count"},
                                                          {category, "category"}, {city_hint, "city_hint"}};
  for (const auto& [to, field] : said)
    made[to] = last_said(facts.set, field);
  made[progress_count] = number(s->progress_count);
  made[last_cursor] = s->last_cursor;
  made[attempts] = number(s->attempts_made);
  made[max_attempts] = last_said(facts.set, "max_attempts").value_or(std::to_string(rules.max_attempts.last(leads::job_rules::max_attempts_otherwise)));
  made[next_retry_at] = time_or_null(s->next_retry);
  made[locked_until] = time_or_null(said_time(facts.set, "locked_until"));
  made[lease_end] = time_or_null(s->lease_end);
  made[attempt_ids] = ids_of(*s);
  out.put(table(), std::move(made));
}

} // namespace millrace::gateway
