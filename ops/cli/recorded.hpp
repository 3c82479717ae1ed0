// What the tables say of single events: how they ended, and their raw row. For commands that follow what they posted.
// Owned by a command, one thread.
#pragma once

#include "core/instant.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <optional>
#include <span>
#include <string>

namespace millrace::cli {

struct recorded_event {
  std::string service;       // the topic's raw owner
  std::string outcome;       // as `seen` says it: applied, ignored, error, stuck
  instant received;          // of the delivery that counts
  std::string table, status; // of the raw row: "crm.webhook_events", "done"
  std::string error;         // its error_message
};

class recorded_events {
public:
  // Throws outage when no database can be reached.
  recorded_events(const std::string& conninfo, std::span<const pipeline::service> services)
      : services_(services), connection_(conninfo, "millrace-send") {}

  // Nothing while it is not recorded.
  std::optional<recorded_event> find(const std::string& topic, const std::string& dedupe_key);
  postgres::connection& connection() { return connection_; }

private:
  std::span<const pipeline::service> services_;
  postgres::connection connection_;
};

// The id of an event's rows: UUIDv8 of the dedupe_key's hash.
std::string row_id_of(const std::string& dedupe_key);

} // namespace millrace::cli
