// What must be equal, whatever the order of events was and whoever died on the way: a database's tables as text. For tests.
#pragma once

#include "postgres/connection.hpp"

#include <string>
#include <utility>
#include <vector>

namespace millrace::trial {

// Rows of one query as "a|b|c" lines, nulls as \N.
std::vector<std::string> rows_of(postgres::connection& c, const std::string& sql);

// All tables of the services as sorted lines, without bookkeeping: positions, marks, outbox, wall-clock columns.
class tables {
public:
  std::vector<std::string> dump(postgres::connection& c);

private:
  std::vector<std::pair<std::string, std::string>> queries_; // table, query; found by the first dump
};

// What one dump has ("- ") and the other has not ("+ ").
std::vector<std::string> what_differs(const std::vector<std::string>& a, const std::vector<std::string>& b);

} // namespace millrace::trial
