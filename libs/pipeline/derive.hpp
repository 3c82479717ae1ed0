// derive: marks → groups → pure functions → rows that differ, one transaction a pass; the only writer of derived tables.
// One deriver works at a time per (service, project), whichever process it lives in. Owned by the deriving thread.
#pragma once

#include "fold/pass.hpp"
#include "pipeline/projection.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::pipeline {

struct derive_report {
  std::size_t marks = 0;          // taken
  bool busy = false;              // another process derives this project now
  std::map<std::string, fold::pass_result::count> functions;
  std::size_t stuck = 0;          // groups set aside
  std::size_t moved_events = 0;   // by projections
  std::vector<std::string> why;   // of the stuck
};

class deriver {
public:
  explicit deriver(const service& s);

  // Projects that have due marks now, or deadlines that the service's clock has passed and theirs has not.
  std::vector<std::string> waiting_projects(postgres::connection& c);
  // One pass over at most `marks_most` marks of a project. Throws outage; then nothing of the pass counts.
  derive_report pass(postgres::connection& c, const std::string& project_id);
  // Passes over all projects until nothing is due; returns the sum.
  derive_report drain(postgres::connection& c);

  // For tests of crashes: called at named points of the transaction.
  std::function<void(std::string_view point)> at_point;

private:
  void move_clock(postgres::connection& c, const std::string& project_id);
  derive_report pass_graph(postgres::connection& c, const std::string& project_id, std::size_t most);
  derive_report pass_accounts(postgres::connection& c);
  derive_report set_aside(postgres::connection& c, const std::string& project_id, const std::string& why);
  // How long a group is to wait still; 0 when it may be derived.
  std::chrono::milliseconds wait_of(const std::string& project, const std::string& function, const std::string& key) const;
  void point(std::string_view name) const {
    if (at_point)
      at_point(name);
  }

  const service& service_;
  fold::graph graph_; // of all domains
  std::map<std::string, std::chrono::steady_clock::time_point> wait_until_; // totals and large groups that were derived
};

} // namespace millrace::pipeline
