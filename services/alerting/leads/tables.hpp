// The tables of leads that alerting alone writes: the seed's, and what stands between facts and them. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::alerting::leads {

// When a job was in the dead letters.
namespace dead_ranges {
enum column : std::size_t { job, from_at, to_at };
enum path : std::size_t { by_key, by_job, by_in_time };
const fold::table& table();
} // namespace dead_ranges

// Which workers had which jobs.
namespace job_workers {
enum column : std::size_t { job, worker, last_claim, active };
enum path : std::size_t { by_key, by_job, by_claims };
const fold::table& table();
} // namespace job_workers

// When a worker spoke, by five minutes.
namespace presence {
enum column : std::size_t { worker, bucket, first_at, last_at, gaps, status, info, host, version, informed };
enum path : std::size_t { by_key, by_in_time, by_informed };
const fold::table& table();
} // namespace presence

// How many calls a limit has refused in one window: the greatest that was said.
namespace call_windows {
enum column : std::size_t { key, window_start, rejected, day };
enum path : std::size_t { by_key, by_day };
const fold::table& table();
} // namespace call_windows

// When an account was heard, by days.
namespace heard_days {
enum column : std::size_t { account, day, hours };
enum path : std::size_t { by_key, by_in_time };
const fold::table& table();
} // namespace heard_days

// What people should be told, and who was.
namespace notices {
enum column : std::size_t { kind, subject, start_at, state, wanted, told, recipients, message, created_at, resolved_at };
enum path : std::size_t { by_key, by_subject };
const fold::table& table();
} // namespace notices

namespace internal_workers {
enum column : std::size_t {
  worker, last_seen, info, host, version, status, active_job, secret, rotating_to, rotated_at, rate_limit_per_min, secret_key_id, rotating_key_id,
  offline_since
};
enum path : std::size_t { by_worker };
const fold::table& table();
} // namespace internal_workers

namespace alert_events {
enum column : std::size_t { kind, message, payload, created_at, subject, start_at, resolved_at, origin };
enum path : std::size_t { by_key, by_origin, by_episodes };
const fold::table& table();
} // namespace alert_events

namespace audit_logs {
enum column : std::size_t { user, action, target, payload, created_at, event };
enum path : std::size_t { by_event };
const fold::table& table();
} // namespace audit_logs

namespace auth_attempts {
enum column : std::size_t { ip, key, created_at, event };
enum path : std::size_t { by_event };
const fold::table& table();
} // namespace auth_attempts

namespace settings {
enum column : std::size_t { key, value, updated_at };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace settings

} // namespace millrace::alerting::leads
