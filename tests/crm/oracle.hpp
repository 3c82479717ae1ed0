// crm, said a second time and as plainly as possible: from the set of all facts to all rows, with loops over everything,
// without groups, marks or an order of functions. What the graphs must agree with. Quadratic; for small worlds.
#pragma once

#include "fold/fact.hpp"

#include <string>
#include <vector>

namespace millrace::crm_test {

// Every row that the service's tables must have, as line::rows prints them.
std::vector<std::string> contact_sync_rows(std::vector<fold::fact> facts);
std::vector<std::string> message_mapping_rows(std::vector<fold::fact> facts);

} // namespace millrace::crm_test
