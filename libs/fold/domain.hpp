// What a service folds of one seed: which facts it takes and their groups, its raw tables, its graph. Static data.
#pragma once

#include "event/event.hpp"
#include "fold/graph.hpp"
#include "provider/facts.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fold {

// A raw table's column beyond those that every raw table has (id, received_at, event_type, payload_json, dedupe_key,
// status, error_message, processed_at, project_id, account_scope_id, account): how it follows from event and reading.
struct raw_column {
  std::string name;
  cell (*of)(const event&, const reading&);
  bool personal = false; // says something of a person beside ids: emptied when the event's entity is erased
};
struct raw_table {
  std::string name; // "webhook_events"
  std::vector<raw_column> columns;
};

// An entity that an erasure names: "contact", "ghl", "c1".
struct entity {
  std::string kind, system, id;
};

// A fact with its group, before it has its stamp, event and account. `project`: set when the event itself names its project (admin), else the
// account's binding decides.
struct grouped_fact {
  std::string kind, key;
  field_map fields;
  bool last_at_equal_times = false; // a deletion or an opt-out
  std::string project;              // "acme/west"
  friend bool operator==(const grouped_fact&, const grouped_fact&) = default;
};

struct domain {
  std::string name;   // "crm"
  std::string schema; // Postgres schema of its tables: "crm"
  // Said facts → facts with groups; those that the service does not take are left out, in any order. Where the order of a
  // kind's facts decides something, services that take the kind take it alike: a stamp counts the facts of one kind and
  // key in an event. Pure.
  std::vector<grouped_fact> (*take)(const event&, const std::vector<said_fact>&) = nullptr;
  std::vector<raw_table> raw_tables;
  // Raised when `take` gives other facts of the same said ones, with what it reads beside them ("2 phone 8.12.57"): a
  // part of facts_version, so a change needs a replay.
  std::string taking_version = "1";
  const fold::graph* graph = nullptr;
  std::string derive_version; // of the libraries that derivations use (" phone 8.12.57")
  // For erasure. The fact groups in which an entity's own facts lie; an event that says anything of an entity has such a
  // fact, else it is not looked at.
  std::vector<mark> (*groups_of)(const entity&) = nullptr;
  // What stays of one fact of such an event: its fields, with or without those that tell of the entity, or nothing (its
  // own facts, both halves of its links). Done twice, or for several entities in any order, it comes to the same. Pure.
  std::optional<field_map> (*without)(const entity&, const std::string& kind, const std::string& key, field_map fields) = nullptr;
};

} // namespace millrace::fold
