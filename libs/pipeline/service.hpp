// Which service a process is, and what of the world it works on: names and settings, fixed at start. Plain values,
// shared by all threads of the process.
#pragma once

#include "fold/domain.hpp"
#include "kafka/client.hpp"
#include "kafka/topics.hpp"
#include "provider/profile.hpp"
#include "provider/sources.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::pipeline {

// Project of what belongs to no project: bindings, quarantines, erasures.
inline constexpr std::string_view no_project = "00000000-0000-0000-0000-000000000000";

struct service {
  std::string name;    // "contact-sync"
  std::string schema;  // "contact_sync": its own Postgres schema, and its role's name behind "millrace_"
  std::vector<const fold::domain*> domains;

  std::string postgres;             // conninfo; empty: PG*
  kafka::client_settings kafka;
  std::vector<kafka::topic_file> topics; // those that this service consumes
  const catalogue* profiles = nullptr;
  std::shared_ptr<const sources> admin_sources; // whose keys verify admin events again; may be null: admin events are then refused

  std::size_t batch_most = 1000;
  std::chrono::milliseconds batch_wait{200};
  std::size_t marks_most = 1000;

  // The topic's raw table if this service owns the topic's raw rows; nullptr otherwise.
  const fold::raw_table* raw_table_of(std::string_view topic) const;
  // Schema-qualified, quoted.
  std::string own(std::string_view table) const;
  std::string place(const fold::domain& d, std::string_view seed_table) const;
  std::string place(const fold::table& t) const;
  std::string place(const fold::raw_table& t) const;

  // What decides which facts an event becomes here: the catalogue's version, that of stamps and each domain's taking_version, as
  // 16 hex digits. Facts of another version need a replay.
  std::string facts_version() const;
};

// The generic raw table `raw_events` (in the service's own schema): for topics without a table of a seed.
const fold::raw_table& raw_events_table();

// Ids that follow from a project's name "<account scope>/<project>" (without a slash the scope has the project's name).
struct project_ids {
  std::string project_id, account_scope_id;
};
project_ids ids_of_project(std::string_view name);

// The key of an advisory lock by its name within the service: the first 8 bytes of a SHA-256.
std::int64_t advisory_lock(const service& s, std::string_view name);

} // namespace millrace::pipeline
