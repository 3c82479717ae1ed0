// Jobs that may be handed out: a row while a job is queued or processing, created and not deleted. Pure.
#pragma once

#include "fold/graph.hpp"

#include <string_view>

namespace millrace::gateway {

namespace open_jobs {
enum column : std::size_t {
  job, status, priority, queued_at, agent, query, ll, radius_km, lang, region, target_count, progress_count, last_cursor, category,
  city_hint, attempts, max_attempts, next_retry_at, locked_until, lease_end, attempt_ids
};
enum path : std::size_t { by_job };
const fold::table& table();
} // namespace open_jobs

// group = "".
void derive_every_job(std::string_view, fold::reader& r, fold::rows_out& out);
// group = job. It reads no clock: whether a lease is over is asked of the gateway's own, when a job is looked for.
void derive_open_job(std::string_view job, fold::reader& r, fold::rows_out& out);

} // namespace millrace::gateway
