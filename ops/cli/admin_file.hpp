// What an operator writes: one JSON file (comments allowed) that says how a project should be, becomes commands, each of
// which becomes one signed admin event. Pure.
//
//   {
//     "project": "acme/west",
//     "bindings": [{"provider": "ghl", "account": "Loc1"}],      "unbindings": [ … ],
//     "agents":   [{"agent_key": "CHRIS", "display_name": "Chris", "is_active": true}],
//     "lists":    [{"agent_key": "CHRIS", "list_key": "HOT"}],
//     "stages":   {"e93ba61a-…": "Follow Up"},                   id → name
//     "fields":   {"Fld1": "preferred_time"},                    id → key
//     "users":    {"Usr1": "rafi@example.com"},                  id → e-mail
//     "settings": {"country": "US", "default_agent": "UNASSIGNED"},
//     "opts":     [{"phone": "+14155550177", "action": "out"}],
//     "quarantine": [{"provider": "ghl", "account": "Loc1", "reason": "…"} or {"event_id": "…", "event_source": "webhook"}],
//     "release":    [ the same ],
//     "erase":    [{"provider": "ghl", "account": "Loc1", "entity": "contact", "system": "ghl", "id": "c1"}],
//     "commands": [{"type": "agent.set", "data": {…}}]           anything else, as the events say it
//   }
//
// Several projects stand in one file as {"projects": [ … ]} or as an array. "at" (RFC 3339) is when it is said; left out: now.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "json/schema.hpp"
#include "provider/profile.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

struct admin_command {
  std::string type;    // "agent.set"
  std::string project; // "acme/west"
  std::string data;    // JSON object
  std::string subject; // what it is about, for people and for telling commands of the same thing: "agent CHRIS"
  std::optional<instant> at;
  std::string place;   // path:line pointer
};

// In the order in which they are to be posted. All faults at once; with any of them the commands are not to be used. Each
// command is read as the services will read its event: what would end as an error or say nothing is a fault. A warning is
// what only the database can tell. `by` is told in quarantines and releases that do not say who acts.
struct admin_findings {
  std::vector<fault> faults, warnings;
};
std::vector<admin_command> read_admin_file(const json::file& f, const std::string& by, const catalogue& profiles, admin_findings& found);

// The event's body, said at `at`: the same command at the same time is the same bytes.
std::string body_of(const admin_command& c, instant at);

// What a command is about, from its type and data: "binding ghl Loc1".
std::string subject_of(std::string_view type, const std::string& project, const json::value& data);

} // namespace millrace::cli
