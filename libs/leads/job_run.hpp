// A job's life: what its facts make of it by a moment of time. A state machine over time, not over arrival: the impossible
// changes nothing. Every service that needs a job runs it over its own copy of the facts. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "fold/fact.hpp"
#include "leads/rules.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millrace::leads {

// A job's facts, each kind in stamp order.
struct job_facts {
  std::span<const fold::fact> set, claimed, reported, ordered; // job_set, job_claimed, job_reported, job_ordered
};

// One attempt at a job: a claim, and what came of it.
struct attempt {
  std::string id, worker;
  instant claimed;
  std::optional<instant> finished; // unset while it runs
  bool success = false;
  std::optional<std::string> log_excerpt;
  std::vector<instant> progress;   // the reports that brought something new
};

enum class job_status { queued, processing, done, failed };
std::string_view name_of(job_status s);

struct job_state {
  job_status status = job_status::queued;
  bool is_stub = true;              // nobody created it yet
  std::int64_t attempts_made = 0;
  std::int64_t progress_count = 0;
  std::int64_t phones_found = 0;    // distinct ones, of reports that counted
  std::optional<std::string> last_cursor, last_error, done_reason;
  std::optional<instant> last_progress, finished, next_retry, deleted;
  std::optional<instant> lease_end; // while processing
  std::optional<std::size_t> current; // the attempt that runs, or ended by silence and may speak again, in `attempts`
  std::vector<attempt> attempts;    // in the order of their claims
  std::map<std::string, instant> keys; // idempotency key → the report that counted

  // In the dead letters now: since when, by which attempt, why, and what it logged.
  struct dead_letter {
    instant since;
    std::string attempt, worker, reason;
    std::optional<std::string> payload;
  };
  std::optional<dead_letter> dead;
  // When it was there before: [from, to), those of no length left out. What a late word undid never was.
  std::vector<std::pair<instant, instant>> dead_before;

  instant created, updated;         // of the first `job_set`, else of the first fact; of the last fact
};
// nullopt when there is no fact. `now` is the clock of the pass.
std::optional<job_state> job_run(const job_facts& facts, const job_rules& rules, instant now);

} // namespace millrace::leads
