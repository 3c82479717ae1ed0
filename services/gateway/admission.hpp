// The tables of admission and what is decided there: how often a worker has called, whether a call is a repeat, who is given which
// job. Each function is one transaction; pure SQL over one connection, on a database thread.
#pragma once

#include "leads/dispatch_settings.hpp"
#include "postgres/connection.hpp"
#include "worker_call.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::gateway {

// How a call is judged, as of now.
struct admission_rules {
  std::string project_id;
  std::int64_t calls_per_min = 0, lease_s = 0;
  leads::pick_order pick = leads::pick_order::fifo;
  bool may_grant = true; // false: no job is handed out now
};

// A job that is handed out. `at` and `lease_s` are as they were first, `left_s` is what is left now.
struct granted_job {
  std::string job, attempt, worker, account;
  instant at;
  std::int64_t lease_s = 0;
};

struct admitted {
  enum class outcome {
    go,          // publish, then accept, then answer
    over_rate,
    repeated,    // it was taken before: the answer of the first time
    replayed,    // it was taken before, and a second time means nothing
    unavailable  // the job that it wants is not to be had
  } what = outcome::go;
  std::string answer;              // JSON; of a report what stands behind the events
  std::optional<granted_job> grant; // to be published with the call
};

admitted admit(postgres::connection& c, const worker_call& call, const admission_rules& rules);
// Kafka has it.
void accept(postgres::connection& c, const worker_call& call, bool granted);
// Removes what is too old by the gateway's own clock, a part at a time; false when nothing is left to remove.
bool clean(postgres::connection& c, instant now);

} // namespace millrace::gateway
