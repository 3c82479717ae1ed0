#include "pipeline/migrate.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/instant.hpp"
#include "crypto/hash.hpp"
#include "pipeline/tallies.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace millrace::pipeline {

using postgres::quote_literal;
using postgres::quote_name;

namespace {

constexpr int months_ahead = 13;
constexpr std::string_view migrations_lock = "7526768011";

std::string with_schema(std::string_view sql, const std::string& schema) {
  std::string out;
  constexpr std::string_view placeholder = ":schema";
  for (std::size_t at = 0;;) {
    const auto found = sql.find(placeholder, at);
    out += sql.substr(at, found - at);
    if (found == std::string_view::npos)
      return out;
    out += schema;
    at = found + placeholder.size();
  }
}

std::string file_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// The raw tables that a service writes, by place.
std::vector<std::string> raw_places(const service& s) {
  std::set<std::string> out = {s.place(raw_events_table())};
  for (const auto* d : s.domains)
    for (const auto& raw : d->raw_tables)
      out.insert(s.place(raw));
  return {out.begin(), out.end()};
}

std::vector<std::string> derived_places(const service& s) {
  std::set<std::string> out;
  for (const auto* d : s.domains)
    for (const auto* t : d->graph->tables)
      out.insert(s.place(*t));
  return {out.begin(), out.end()};
}

// Roles belong to the whole server: another database of it may be migrated at this moment and make the same one.
void make_role(postgres::transaction& t, const std::string& role) {
  t.script(format("do $$ begin if not exists (select 1 from pg_roles where rolname = {}) then create role {} login; end if;"
                  " exception when unique_violation or duplicate_object then null; end $$",
                  quote_literal(role), quote_name(role)));
}

void prepare(postgres::transaction& t, std::span<const service> services) {
  t.script("create schema if not exists millrace;"
           "create table if not exists millrace.migrations (name text primary key, sha256 text not null, at timestamptz not null default now());"
           "comment on table millrace.migrations is 'Which files of schemas/postgres were applied to this database.'");
  for (const auto& s : services) {
    t.script("create schema if not exists " + quote_name(s.schema));
    for (const auto* d : s.domains)
      t.script("create schema if not exists " + quote_name(d->schema));
    make_role(t, role_of(s));
  }
  make_role(t, std::string(console_role));
}

// One role per service: it reads and writes its own tables and no others.
void grant(postgres::transaction& t, const service& s) {
  const auto role = quote_name(role_of(s));
  t.script(format("grant usage on schema {0} to {1}; grant usage on schema millrace to {1}; grant select on millrace.migrations to {1};"
                  "grant select, insert, update, delete on all tables in schema {0} to {1};"
                  "grant usage on all sequences in schema {0} to {1}; grant execute on all functions in schema {0} to {1}",
                  quote_name(s.schema), role));
  for (const auto* d : s.domains)
    t.script(format("grant usage on schema {} to {}", quote_name(d->schema), role));
  auto places = raw_places(s);
  for (auto& p : derived_places(s))
    places.push_back(std::move(p));
  for (const auto& p : places) {
    t.script(format("grant select, insert, update, delete on {} to {}", p, role));
    for (const std::string_view event : {"insert", "update"})
      t.script(format("drop trigger if exists scope_match_{0} on {1}; create trigger scope_match_{0} after {0} on {1} referencing new table as written"
                      " for each statement execute function {2}.enforce_project_scope_match()",
                      event, p, quote_name(s.schema)));
  }
}

// The console's role looks at how the services stand and what became of an event; no column with what people said.
void grant_look(postgres::transaction& t, const service& s) {
  const auto role = quote_name(console_role);
  t.script(format("grant usage on schema {} to {}", quote_name(s.schema), role));
  const std::pair<const char*, const char*> columns[] = {
      {"applied", "cluster_id, topic, partition, first_offset, next_offset, applied, ignored, duplicate, error, stuck"},
      {"marks", "at"}, {"stuck_groups", "since"}, {"outbox", "at"}, {"findings", "kind"}, {"seen", "id, received_at, outcome"}, {"facts", "event_id, kind"}};
  for (const auto& [table, names] : columns)
    t.script(format("grant select ({}) on {} to {}", names, s.own(table), role));
  for (const auto* d : s.domains)
    t.script(format("grant usage on schema {} to {}", quote_name(d->schema), role));
  for (const auto& place : raw_places(s))
    t.script(format("grant select (id, received_at, status, processed_at) on {} to {}", place, role));
}

// Raw tables are partitioned by month: dropping a month is instant. 13 months ahead and a default partition.
void make_months(postgres::transaction& t, const service& s) {
  const int first = month_of(now()) - 1;
  for (const auto& place : raw_places(s)) {
    auto base = place.substr(0, place.size() - 1); // "schema"."table
    t.script(format("create table if not exists {}_default\" partition of {} default", base, place));
    for (int m = first; m <= first + 1 + months_ahead; ++m) {
      const auto bound = [](int month) { return format("{:04}-{:02}-01 00:00:00+00", month / 12, month % 12 + 1); };
      // A month that the default partition already holds rows of stays there.
      t.script(format("do $$ begin create table if not exists {}_{:04}_{:02}\" partition of {} for values from ('{}') to ('{}');"
                      " exception when check_violation then null; end $$",
                      base, m / 12, m % 12 + 1, place, bound(m), bound(m + 1)));
    }
  }
}

std::map<std::string, std::string> versions_of(const service& s) {
  std::map<std::string, std::string> wanted = {{"facts", s.facts_version()}};
  for (const auto* d : s.domains)
    for (const auto& f : d->graph->functions)
      wanted["derive " + f.name] = std::to_string(f.version) + d->derive_version;
  wanted.merge(tally_versions(s));
  return wanted;
}

// All that was read so far is to be read again, beside what comes; also what an earlier change left unread.
void read_again(postgres::transaction& t, const service& s, std::vector<std::string>& done) {
  const auto partitions = t.query("insert into " + s.own("replays") + " (cluster_id, topic, partition, next_offset, until_offset)"
                                  " select cluster_id, topic, partition, first_offset, next_offset from " + s.own("applied") +
                                  " where first_offset < next_offset on conflict (cluster_id, topic, partition)"
                                  " do update set next_offset = excluded.next_offset, until_offset = excluded.until_offset");
  if (partitions.affected() > 0)
    done.push_back(s.name + ": the events of " + std::to_string(partitions.affected()) + " partitions will be read again, beside the new ones");
}

// A changed version of facts or of a derivation must not meet rows of another: events are read again, groups are marked.
void set_versions(postgres::transaction& t, const service& s, std::vector<std::string>& done) {
  const auto versions = s.own("versions");
  const auto known = t.query("select name, version from " + versions);
  std::map<std::string, std::string> current;
  for (std::size_t r = 0; r < known.size(); ++r)
    current.emplace(known.text(r, 0), known.text(r, 1));
  bool rederive = false, recount = false;
  for (const auto& [name, version] : versions_of(s)) {
    const auto found = current.find(name);
    if (found != current.end() && found->second == version)
      continue;
    if (found != current.end()) {
      done.push_back(s.name + ": version of " + name + " is now " + version);
      rederive = rederive || name.starts_with("derive ");
      if (name == "facts")
        read_again(t, s, done);
    }
    recount = recount || name.starts_with("tally ");
    t.query("insert into " + versions + " (name, version) values ($1, $2) on conflict (name) do update set version = excluded.version, set_at = now()",
            {name, version});
  }
  for (const auto& [name, version] : current)
    if (name.starts_with("tally ") && !tally_versions(s).contains(name)) {
      t.query("delete from " + versions + " where name = $1", {name});
      recount = true;
    }
  if (recount)
    recount_tallies(t, s);
  if (rederive) {
    t.query("insert into " + s.own("marks") + " (project_id, function, key, again) select distinct project_id, kind, key, true from " + s.own("facts") +
            " where project_id is not null and project_id <> " + postgres::quote_literal(no_project));
    t.query("with aside as (delete from " + s.own("stuck_groups") + " returning project_id, function, key) insert into " + s.own("marks") +
            " (project_id, function, key, again) select project_id, function, key, true from aside");
    done.push_back(s.name + ": every group is marked to be derived again");
  }
}

} // namespace

std::string role_of(const service& s) { return "millrace_" + s.schema; }

std::vector<migration> migrations_of(std::span<const service> services, std::span<const embedded_file> files) {
  std::vector<migration> out;
  // The files of one folder, in or beside the service's own schema.
  const auto add = [&](const std::string& folder, const std::string& schema) {
    for (const auto& f : files)
      if (f.path.starts_with("postgres/" + folder + "/"))
        out.push_back({schema + ": " + folder + "/" + file_name(f.path), with_schema(f.text, quote_name(schema))});
  };
  for (const auto& s : services)
    add("service", s.schema);
  std::set<std::string> domains;
  for (const auto& s : services)
    for (const auto* d : s.domains)
      if (domains.insert(d->schema).second)
        add(d->schema, d->schema);
  for (const auto& s : services)
    add(s.schema, s.schema);
  std::stable_partition(out.begin(), out.end(), [](const migration& m) { return !m.name.ends_with("_views.sql"); });
  return out;
}

std::vector<std::string> pending_migrations(postgres::connection& c, std::span<const service> services) {
  std::set<std::string> applied;
  if (c.query("select to_regclass('millrace.migrations') is not null").text(0, 0) == "t") {
    const auto rows = c.query("select name from millrace.migrations");
    for (std::size_t r = 0; r < rows.size(); ++r)
      applied.emplace(rows.text(r, 0));
  }
  std::vector<std::string> out;
  for (const auto& m : migrations_of(services))
    if (!applied.contains(m.name))
      out.push_back(m.name);
  return out;
}

std::vector<std::string> pending_work(postgres::connection& c, const service& s) {
  auto out = pending_migrations(c, std::span(&s, 1));
  if (!out.empty())
    return out;
  const auto known = c.query("select name, version from " + s.own("versions"));
  std::map<std::string, std::string> current;
  for (std::size_t r = 0; r < known.size(); ++r)
    current.emplace(known.text(r, 0), known.text(r, 1));
  for (const auto& [name, version] : versions_of(s))
    if (current[name] != version)
      out.push_back("the tables hold version " + current[name] + " of " + name + ", this binary makes " + version);
  return out;
}

std::vector<fault> slow_choices(postgres::connection& c, std::span<const service> services) {
  std::string searched;
  for (const auto& s : services)
    for (const auto* d : s.domains)
      for (const auto* t : d->graph->tables)
        if (std::any_of(t->paths.begin(), t->paths.end(), [](const fold::path& p) { return p.contains != std::string::npos; }))
          searched += (searched.empty() ? "" : ", ") + s.schema + "." + t->name;
  const auto letters = c.query("select lower(U&'\\00C9') = U&'\\00E9', datctype, current_database() from pg_database where datname = current_database()");
  if (searched.empty() || letters.text(0, 0) == "t")
    return {};
  return {bad("letters_unknown", format("database {}, LC_CTYPE {}", letters.text(0, 2), letters.text(0, 1)),
              format("letters beyond ASCII make no trigrams here: who looks for Arabic or French words in {} reads every row; create database … template template0 lc_ctype 'C.UTF-8', "
                     "then dump this one and restore it there",
                     searched))};
}

std::vector<std::string> migrate(postgres::connection& c, std::span<const service> services) {
  std::vector<std::string> done;
  auto t = c.begin();
  t.query("select pg_advisory_xact_lock($1::bigint)", {migrations_lock});
  prepare(t, services);
  for (const auto& m : migrations_of(services)) {
    const auto sha = to_hex(crypto::sha256(m.sql));
    const auto known = t.query("select sha256 from millrace.migrations where name = $1", {m.name});
    if (!known.empty()) {
      if (known.text(0, 0) != sha)
        throw outage("the migration " + m.name + " was applied in another form", false,
                     "a file of schemas/postgres was changed after it was applied: add a new file instead");
      continue;
    }
    t.script(m.sql);
    t.query("insert into millrace.migrations (name, sha256) values ($1, $2)", {m.name, sha});
    done.push_back(m.name);
  }
  for (const auto& s : services) {
    make_months(t, s);
    grant(t, s);
    grant_look(t, s);
    set_versions(t, s, done);
  }
  t.commit();
  return done;
}

} // namespace millrace::pipeline
