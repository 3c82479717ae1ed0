// What became of events in Postgres, by the role that may only look: each service's `seen`, its facts by kind, and the raw row
// of the topic's owner. One thread.
#pragma once

#include "console/board.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace millrace::console {

class event_tables {
public:
  event_tables(postgres::connection& c, std::span<const pipeline::service> services);

  // Whose tables are in this database.
  bool has(const std::string& service) const { return there_.contains(service); }
  // Looks for what each of the events has become; true for those of which all services have said their word.
  std::vector<bool> look(std::vector<board::waiting_event>& events);

private:
  void look(const pipeline::service& s, std::vector<board::waiting_event*>& events);
  void look_for_facts(const pipeline::service& s, const std::vector<board::waiting_event*>& events);
  void look_for_raw_rows(const std::string& place, const std::vector<board::waiting_event*>& events);

  postgres::connection& connection_;
  std::span<const pipeline::service> services_;
  std::set<std::string> there_;
};

} // namespace millrace::console
