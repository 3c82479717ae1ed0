#include "pipeline/account_pass.hpp"

#include "core/uuid.hpp"
#include "crypto/hash.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/postgres_store.hpp"
#include "pipeline/record.hpp"

#include <limits>
#include <map>
#include <set>

namespace millrace::pipeline {

using postgres::array;

namespace {

constexpr std::size_t events_a_pass = 2000;

std::string bound_text(instant t) {
  if (t.us == std::numeric_limits<std::int64_t>::min())
    return "-infinity";
  return t.us == std::numeric_limits<std::int64_t>::max() ? "infinity" : to_postgres(t);
}

postgres::value id_or_null(const std::string& id) { return id.empty() ? postgres::value() : postgres::value(id); }

// Facts of the line itself keep their project; so do facts that name theirs (admin).
constexpr std::string_view movable = "kind not in ('binding', 'unbinding', 'quarantine_account', 'release_account', 'quarantine', 'release', 'erase')";

} // namespace

std::vector<const fold::raw_table*> account_pass::raw_tables() const {
  std::set<const fold::raw_table*> tables;
  for (const auto& t : service_.topics)
    if (const auto* raw = service_.raw_table_of(t.name))
      tables.insert(raw);
  return {tables.begin(), tables.end()};
}

void account_pass::run(const std::string& account, derive_report& report) {
  transaction_.query("select pg_advisory_xact_lock($1::bigint)", {std::to_string(account_lock(service_, account))});
  const auto p = compute(account);
  write_bindings(account, p);
  write_held(account, p);
  write_findings(account, p);
  erase(account, p);
  if (account.starts_with("admin:"))
    return;
  for (const auto& i : p.intervals) {
    report.moved_events += move_facts(account, i, events_a_pass - report.moved_events);
    if (report.moved_events >= events_a_pass) {
      const std::vector<fold::mark> again = {{"projection", account}};
      write_marks(service_, transaction_, std::string(no_project), again);
      return;
    }
    move_raw(account, i);
  }
}

projection account_pass::compute(const std::string& account) {
  const auto rows = transaction_.query("select kind, key, stamp, event_id, account, fields, received_at from " + service_.own("facts") +
                                           " where project_id = $1::uuid and kind in ('binding', 'unbinding', 'quarantine_account', 'release_account',"
                                           " 'quarantine', 'release', 'erase') and key = $2",
                                       {no_project, account});
  std::vector<account_fact> facts;
  for (std::size_t r = 0; r < rows.size(); ++r)
    facts.push_back({fact_from(rows, r), from_postgres(rows.text(r, 6))});
  return project(std::move(facts));
}

void account_pass::write_bindings(const std::string& account, const projection& p) {
  const auto bindings = service_.own("bindings");
  transaction_.query("delete from " + bindings + " where account = $1", {account});
  for (const auto& i : p.intervals) {
    const auto ids = i.project.empty() ? project_ids() : ids_of_project(i.project);
    if (!i.project.empty())
      transaction_.query("insert into " + service_.own("projects") + " (project_id, account_scope_id, name) values ($1::uuid, $2::uuid, $3) on conflict do nothing",
                         {ids.project_id, ids.account_scope_id, i.project});
    transaction_.query("insert into " + bindings + " (account, received_from, received_to, project_id, account_scope_id, held)"
                       " values ($1, $2::timestamptz, $3::timestamptz, $4::uuid, $5::uuid, $6::boolean)",
                       {account, bound_text(i.from), bound_text(i.to), id_or_null(ids.project_id), id_or_null(ids.account_scope_id), i.held ? "t" : "f"});
  }
}

void account_pass::write_held(const std::string& account, const projection& p) {
  std::vector<std::string> ids;
  for (const auto& key : p.held_events)
    ids.push_back(uuid_v8(crypto::sha256(key)));
  const auto held = service_.own("held_events");
  transaction_.query("delete from " + held + " where account = $1 and not event_id = any($2::uuid[])", {account, array(ids)});
  transaction_.query("insert into " + held + " (event_id, account) select e, $1 from unnest($2::uuid[]) e on conflict do nothing", {account, array(ids)});
}

void account_pass::write_findings(const std::string& account, const projection& p) {
  const auto findings = service_.own("findings");
  transaction_.query("delete from " + findings + " where function = 'projection' and group_key = $1", {account});
  for (const auto& r : p.already_bound)
    write_finding(account, "already_bound", r, account + " is bound to " + r.in_force + ": unbind it before you bind it to " + r.project);
  for (const auto& r : p.foreign)
    write_finding(account, "foreign_command", r, "a command of " + r.project + " changes nothing: " + account + " is not its account");
}

void account_pass::write_finding(const std::string& account, std::string_view kind, const projection::refused& r, const std::string& detail) {
  const auto ids = ids_of_project(r.in_force.empty() ? r.project : r.in_force);
  transaction_.query("insert into " + service_.own("findings") + " (id, project_id, account_scope_id, function, group_key, kind, subject, detail)"
                     " values ($1::uuid, $2::uuid, $3::uuid, 'projection', $4, $5, $6, $7) on conflict do nothing",
                     {uuid_v5("projection\n" + std::string(kind) + '\n' + account + '\n' + r.project + '\n' + r.in_force), ids.project_id, ids.account_scope_id,
                      account, kind, r.project, detail});
}

std::size_t account_pass::move_facts(const std::string& account, const interval& i, std::size_t most) {
  const auto facts = service_.own("facts");
  const auto ids = i.project.empty() || i.held ? project_ids() : ids_of_project(i.project);
  // Whole events whose facts are not where they belong; a held event belongs nowhere.
  const auto events = transaction_.query(
      "select distinct f.event_id, h.event_id is not null from " + facts + " f left join " + service_.own("held_events") +
          " h on h.event_id = f.event_id where f.account = $1 and f.received_at >= $2::timestamptz and f.received_at < $3::timestamptz and f." +
          std::string(movable) + " and f.project_id is distinct from (case when h.event_id is null then $4::uuid end) order by 1 limit $5::int",
      {account, bound_text(i.from), bound_text(i.to), id_or_null(ids.project_id), std::to_string(most)});
  std::map<std::string, std::set<fold::mark>> marks;
  for (const bool held : {false, true}) {
    std::vector<std::string> chunk;
    for (std::size_t r = 0; r < events.size(); ++r)
      if ((events.text(r, 1) == "t") == held)
        chunk.emplace_back(events.text(r, 0));
    if (chunk.empty())
      continue;
    const auto project = held ? postgres::value() : id_or_null(ids.project_id);
    const auto scope = held ? postgres::value() : id_or_null(ids.account_scope_id);
    const auto moved = transaction_.query(
        "with old as (select ctid as place, project_id from " + facts + " where event_id = any($1::uuid[]) and " + std::string(movable) +
            " for update) update " + facts + " f set project_id = $2::uuid, account_scope_id = $3::uuid from old where f.ctid = old.place"
            " returning f.kind, f.key, old.project_id, f.project_id",
        {array(chunk), project, scope});
    for (std::size_t r = 0; r < moved.size(); ++r)
      for (const std::size_t column : {std::size_t{2}, std::size_t{3}})
        if (const auto in = moved.at(r, column))
          marks[std::string(*in)].insert({std::string(moved.text(r, 0)), std::string(moved.text(r, 1))});
    for (const auto* raw : raw_tables())
      transaction_.query("update " + service_.place(*raw) + " set project_id = $2::uuid, account_scope_id = $3::uuid,"
                         " status = case when $2::uuid is null then 'pending' else 'done' end,"
                         " processed_at = case when $2::uuid is null then null else now() end"
                         " where id = any($1::uuid[]) and status in ('pending', 'done') and error_message is null",
                         {array(chunk), project, scope});
  }
  for (const auto& [project, of] : marks)
    write_marks(service_, transaction_, project, std::vector<fold::mark>(of.begin(), of.end()));
  return events.size();
}

// Raw rows that stand otherwise than a recording of today would write them: those of events without facts carry the
// project too, and what has lost its facts waits for nothing.
void account_pass::move_raw(const std::string& account, const interval& i) {
  const auto ids = i.project.empty() || i.held ? project_ids() : ids_of_project(i.project);
  const auto facts = " exists (select 1 from " + service_.own("facts") + " f where f.event_id = r.id)";
  for (const auto* raw : raw_tables())
    transaction_.query("with differs as (select r.id, r.received_at, h.event_id is not null as held," + facts + " as has_facts from " + service_.place(*raw) +
                           " r left join " + service_.own("held_events") + " h on h.event_id = r.id"
                           " where r.account = $1 and r.received_at >= $2::timestamptz and r.received_at < $3::timestamptz"
                           " and (r.project_id is distinct from (case when h.event_id is null then $4::uuid end)"
                           " or (r.status = 'pending' and r.error_message is null and ($4::uuid is not null and h.event_id is null or not" + facts + "))))"
                           " update " + service_.place(*raw) + " r set project_id = case when not d.held then $4::uuid end,"
                           " account_scope_id = case when not d.held then $5::uuid end,"
                           " status = case when r.error_message is not null then r.status when d.has_facts and (d.held or $4::uuid is null) then 'pending' else 'done' end"
                           " from differs d where r.id = d.id and r.received_at = d.received_at",
                       {account, bound_text(i.from), bound_text(i.to), id_or_null(ids.project_id), id_or_null(ids.account_scope_id)});
}

// All facts of the account's events that have one in these groups, event by event. Groups are looked for project by project,
// as the index has them; what is bound to none has an index of its own.
postgres::rows account_pass::events_told_of(const std::string& account, const std::vector<fold::mark>& groups) {
  std::vector<std::string> kinds, keys;
  for (const auto& m : groups) {
    kinds.push_back(m.function);
    keys.push_back(m.key);
  }
  const auto facts = service_.own("facts");
  return transaction_.query(
      "with g as (select * from unnest($2::text[], $3::text[]) g(kind, key)), own as ("
      "select f.event_id from g cross join " + service_.own("projects") + " p join " + facts +
          " f on f.project_id = p.project_id and f.kind = g.kind and f.key = g.key where f.account = $1 union select f.event_id from " + facts +
          " f join g on f.kind = g.kind and f.key = g.key where f.account = $1 and f.project_id is null)"
          " select kind, key, stamp, event_id, account, fields, project_id from " + facts +
          " where account = $1 and event_id in (select event_id from own) order by event_id, stamp",
      {account, array(kinds), array(keys)});
}

void account_pass::rewrite(const fold::fact& f, const std::optional<field_map>& left) {
  const auto facts = service_.own("facts");
  if (left)
    transaction_.query("update " + facts + " set fields = $3 where event_id = $1::uuid and stamp = $2::bytea",
                       {f.event_id, postgres::bytea(f.at.view()), to_json(*left)});
  else
    transaction_.query("delete from " + facts + " where event_id = $1::uuid and stamp = $2::bytea", {f.event_id, postgres::bytea(f.at.view())});
}

void account_pass::blank_raw(const std::vector<std::string>& events) {
  for (const auto* raw : raw_tables()) {
    std::string emptied;
    for (const auto& c : raw->columns)
      if (c.personal)
        emptied += ", " + postgres::quote_name(c.name) + " = null";
    transaction_.query("update " + service_.place(*raw) + R"( set payload_json = '{"erased":true}')" + emptied + " where id = any($1::uuid[])", {array(events)});
  }
}

void account_pass::erase(const std::string& account, const projection& p) {
  if (p.erased.empty())
    return;
  const std::vector<std::string> entities(p.erased.begin(), p.erased.end());
  transaction_.query("insert into " + service_.own("erasures") + " (account, entity) select $1, e from unnest($2::text[]) e on conflict do nothing",
                     {account, array(entities)});
  erasures erased(service_);
  for (const auto& e : entities)
    erased.add(e);
  const auto found = events_told_of(account, erased.groups());
  std::map<std::string, std::set<fold::mark>> marks;
  std::vector<std::string> events;
  for (std::size_t from = 0, to = 0; from < found.size(); from = to) {
    std::vector<fold::fact> facts;
    std::vector<erasures::told> told;
    for (; to < found.size() && found.text(to, 3) == found.text(from, 3); ++to)
      facts.push_back(fact_from(found, to));
    for (const auto& f : facts)
      told.push_back({f.kind, f.key, &f.fields});
    const auto left = erased.left_of(told);
    bool differs = false;
    for (std::size_t n = 0; n < left.size(); ++n) {
      if (left[n] && *left[n] == facts[n].fields)
        continue;
      rewrite(facts[n], left[n]);
      if (const auto in = found.at(from + n, 6))
        marks[std::string(*in)].insert({facts[n].kind, facts[n].key});
      differs = true;
    }
    if (differs)
      events.push_back(facts.front().event_id);
  }
  if (!events.empty())
    blank_raw(events);
  for (const auto& [project, of] : marks)
    write_marks(service_, transaction_, project, std::vector<fold::mark>(of.begin(), of.end()));
}

} // namespace millrace::pipeline
