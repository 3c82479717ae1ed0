// What alerting's tables must say of a set of facts at a time: by plain loops over all of them, with nothing kept in between.
#pragma once

#include "fold/fact.hpp"

#include <string>
#include <vector>

namespace millrace::watched {

// "table|cell|cell …", sorted: alerts, workers, notices, failed logins, settings. A job's life is that of job_run, which has an
// oracle of its own.
std::vector<std::string> said_of(const std::vector<fold::fact>& facts, instant now);

} // namespace millrace::watched
