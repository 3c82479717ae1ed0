#include "pipeline/service.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/uuid.hpp"
#include "crypto/hash.hpp"
#include "postgres/connection.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace millrace::pipeline {

using postgres::quote_name;

const fold::raw_table& raw_events_table() {
  static const fold::raw_table raw{
      .name = "raw_events",
      .columns = {
          {"provider", [](const event& e, const reading&) { return fold::cell(e.provider); }},
          {"entity_type", [](const event& e, const reading&) { return e.entity_type.empty() ? fold::cell() : fold::cell(e.entity_type); }},
          {"entity_id", [](const event& e, const reading&) { return e.entity_id.empty() ? fold::cell() : fold::cell(e.entity_id); }},
      }};
  return raw;
}

const fold::raw_table* service::raw_table_of(std::string_view topic) const {
  const auto file = std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.name == topic; });
  if (file == topics.end() || file->raw_owner != name)
    return nullptr;
  if (file->raw_table == raw_events_table().name)
    return &raw_events_table();
  for (const auto* d : domains)
    for (const auto& t : d->raw_tables)
      if (t.name == file->raw_table)
        return &t;
  throw bug("topic " + file->name + " names the raw table " + file->raw_table + ", which " + name + " does not have");
}

std::string service::own(std::string_view table) const { return quote_name(schema) + "." + quote_name(table); }

std::string service::place(const fold::domain& d, std::string_view seed_table) const {
  return quote_name(d.schema) + "." + quote_name(seed_table);
}

std::string service::place(const fold::table& t) const {
  if (t.of_seed)
    for (const auto* d : domains)
      if (std::find(d->graph->tables.begin(), d->graph->tables.end(), &t) != d->graph->tables.end())
        return place(*d, t.name);
  return own(t.name);
}

std::string service::place(const fold::raw_table& t) const {
  for (const auto* d : domains)
    for (const auto& raw : d->raw_tables)
      if (&raw == &t)
        return place(*d, t.name);
  return own(t.name);
}

std::string service::facts_version() const {
  std::set<std::string> parts; // in whatever order the domains stand
  for (const auto* d : domains)
    parts.insert('\n' + d->name + ' ' + d->taking_version);
  auto text = profiles->facts_version() + "\nstamp " + std::string(stamp::version);
  for (const auto& p : parts)
    text += p;
  return to_hex(crypto::sha256(text)).substr(0, 16);
}

project_ids ids_of_project(std::string_view name) {
  return {uuid_v5("project:" + std::string(name)), uuid_v5("account_scope:" + std::string(name.substr(0, name.find('/'))))};
}

std::int64_t advisory_lock(const service& s, std::string_view name) {
  const auto digest = crypto::sha256(s.name + '\n' + std::string(name));
  std::int64_t lock;
  std::memcpy(&lock, digest.data(), sizeof lock);
  return lock;
}

} // namespace millrace::pipeline
