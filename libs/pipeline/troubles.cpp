#include "pipeline/troubles.hpp"

#include "json/writer.hpp"
#include "pipeline/own_events.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace millrace::pipeline {
namespace {

constexpr std::int64_t again_us = 3600 * second_us;  // while it is there
constexpr std::int64_t recount_us = 600 * second_us; // of how many there are

struct as_said {
  std::int64_t count = 0;
  instant at{};
};
using key = std::array<std::string, 3>; // project, kind, what

std::map<key, std::int64_t> present(postgres::transaction& t, const service& s) {
  const auto rows = t.query("select coalesce(p.name, $1), w.kind, w.what, sum(w.n)::bigint from ("
                            "select project_id, 'stuck' kind, function what, count(*) n from " + s.own("stuck_groups") + " group by 1, 3 union all "
                            "select project_id, 'finding', kind, count(*) from " + s.own("findings") + " group by 1, 3 union all "
                            "select $2::uuid, 'stuck', 'events', count(*) from " + s.own("seen") + " where outcome = 'stuck' having count(*) > 0) w"
                            " left join " + s.own("projects") + " p using (project_id) group by 1, 2, 3",
                            {project_of_the_line, no_project});
  std::map<key, std::int64_t> all;
  for (std::size_t r = 0; r < rows.size(); ++r)
    all[{std::string(rows.text(r, 0)), std::string(rows.text(r, 1)), std::string(rows.text(r, 2))}] = rows.integer(r, 3);
  return all;
}

std::map<key, as_said> said_before(postgres::transaction& t, const service& s) {
  const auto rows = t.query("select project, kind, what, count, said_at from " + s.own("troubles_said"));
  std::map<key, as_said> all;
  for (std::size_t r = 0; r < rows.size(); ++r)
    all[{std::string(rows.text(r, 0)), std::string(rows.text(r, 1)), std::string(rows.text(r, 2))}] = {rows.integer(r, 3), from_postgres(rows.text(r, 4))};
  return all;
}

bool is_to_be_said(std::int64_t count, const as_said* before, instant now) {
  if (!before || (count == 0) != (before->count == 0))
    return true;
  return count > 0 && now.us - before->at.us >= (count == before->count ? again_us : recount_us);
}

} // namespace

event trouble_said(const std::string& service, const trouble& t, instant at) {
  json::writer body;
  body.begin_object().name("type").string("trouble.said").name("project").string(t.project).name("service").string(service).name("kind").string(t.kind).name("what").string(t.what);
  body.name("count").number(t.count).name("said_at").string(to_rfc3339(at)).end_object();
  return make_own_event({.family = "line", .source = service, .project = t.project, .type = "trouble.said", .entity_type = "of_the_line", .entity_id = service,
                         .version = t.kind + "/" + t.what + "/" + to_rfc3339(at), .at = at, .body = body.take()});
}

void say_troubles(postgres::connection& c, const service& s, instant now) {
  auto t = c.begin();
  if (t.query("select pg_try_advisory_xact_lock($1::bigint)", {std::to_string(advisory_lock(s, "troubles"))}).text(0, 0) != "t")
    return;
  const auto before = said_before(t, s);
  auto counts = present(t, s);
  for (const auto& [k, said] : before)
    counts.try_emplace(k, 0);
  for (const auto& [k, count] : counts) {
    const auto known = before.find(k);
    if (!is_to_be_said(count, known == before.end() ? nullptr : &known->second, now))
      continue;
    // Never before what was said before, whatever this host's clock says.
    const auto at = known == before.end() ? now : std::max(now, instant{known->second.at.us + 1});
    put_into_outbox(t, s, trouble_said(s.name, {k[0], k[1], k[2], count}, at));
    t.query("insert into " + s.own("troubles_said") + " (project, kind, what, count, said_at) values ($1, $2, $3, $4::bigint, $5::timestamptz)"
            " on conflict (project, kind, what) do update set count = excluded.count, said_at = excluded.said_at",
            {k[0], k[1], k[2], std::to_string(count), to_postgres(at)});
  }
  t.commit();
}

} // namespace millrace::pipeline
