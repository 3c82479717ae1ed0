// Brings a database to what this version needs: schemas, tables, one role per service that can write its own tables
// only, the tenant trigger, months of raw rows. One-shot, under an advisory lock, by an owner's login; run again it
// changes nothing. Services never change tables: they refuse to start while something is pending.
#pragma once

#include "pipeline/service.hpp"
#include "postgres/connection.hpp"
#include "provider/embedded.hpp"

#include <span>
#include <string>
#include <vector>

namespace millrace::pipeline {

// Files of schemas/postgres in the order in which they are applied: service/* in each service's own schema, <domain schema>/*
// once for each domain, <service schema>/* for the one service of that name; last of all each folder's *_views.sql, which
// may read what others made.
struct migration {
  std::string name; // "contact_sync: service/0001_service.sql"
  std::string sql;
};
std::vector<migration> migrations_of(std::span<const service> services, std::span<const embedded_file> files = embedded_files());

// What would be done, in words; empty when nothing is pending.
std::vector<std::string> pending_migrations(postgres::connection& c, std::span<const service> services);
// Does it and says what was done. Throws outage when another version has changed a file that was applied already.
std::vector<std::string> migrate(postgres::connection& c, std::span<const service> services);

// What is well but slow in this database, with a way out: texts that are searched by trigrams, where Postgres takes no letter beyond ASCII
// for one.
std::vector<fault> slow_choices(postgres::connection& c, std::span<const service> services);

// The same for one service, and whether its versions (facts, derivations) are those of this binary: what a process asks
// with its own role before it records.
std::vector<std::string> pending_work(postgres::connection& c, const service& s);

// The role of a service: "millrace_contact_sync".
std::string role_of(const service& s);
// The role of those who only look: it reads no column that holds what people said.
inline constexpr std::string_view console_role = "millrace_console";

} // namespace millrace::pipeline
