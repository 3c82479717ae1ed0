// projection(account): the deriver's first function. From all bindings, unbindings and quarantines of one account, in
// order of received time, to the intervals in which its events belong to a project. Pure.
#pragma once

#include "core/instant.hpp"
#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millrace::pipeline {

// Facts of the line itself, of kinds `binding`, `unbinding`, `quarantine_account`, `release_account`,
// `quarantine` {event_id}, `release` {event_id}, `erase` {entity, system, id}, each with the `project` in whose name it was said, and
// the time their event was received.
struct account_fact {
  fold::fact said;
  instant received;
};

struct interval {
  instant from, to; // [from, to) of received time
  std::string project; // name; empty: unbound
  bool held = false;   // quarantined: kept, not derived
  friend bool operator==(const interval&, const interval&) = default;
};

struct projection {
  std::vector<interval> intervals; // without gaps, from instant{INT64_MIN} to instant{INT64_MAX}
  std::set<std::string> held_events; // dedupe_keys
  std::set<std::string> erased;      // join_key{entity, system, id}
  struct refused {
    std::string project, in_force; // a binding while another is in force
  };
  std::vector<refused> already_bound;
  std::vector<refused> foreign; // commands of a project to which the account does not belong
};

// The first binding reaches back for ever; a later one never moves earlier events; a binding while another is in force
// is refused. A quarantine of the account holds what is received from it on, until it is released, which frees all.
// Only the project in force unbinds; while one is in force no other quarantines or releases; only a project that the
// account belongs or belonged to erases (for good: a binding that takes this right away must not arrive after it).
projection project(std::vector<account_fact> facts);

// The interval that a received time falls into.
const interval& at(const std::vector<interval>& intervals, instant received);

} // namespace millrace::pipeline
