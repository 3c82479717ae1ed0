// Totals counted anew from all rows: whether those that were kept are right, and how they begin when a tally is new.
#pragma once

#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::pipeline {

struct wrong_total {
  std::string table, project_id, key; // key: joined
  std::int64_t is = 0, should_be = 0;
};
// All that differ, of one snapshot: derivations may go on meanwhile. Reads every row that a tally is of.
std::vector<wrong_total> verify_tallies(postgres::connection& c, const service& s);

// Replaces all totals of the service. Nobody derives until the transaction ends.
void recount_tallies(postgres::transaction& t, const service& s);

// "tally <totals> of <table>" → version.
std::map<std::string, std::string> tally_versions(const service& s);

} // namespace millrace::pipeline
