#include "alerting/leads/tables.hpp"

#include "leads/named.hpp"

namespace millrace::alerting::leads {

using fold::column_type;

namespace dead_ranges {
const fold::table& table() {
  static const fold::table t{
      .name = "dead_ranges",
      .columns = {{.name = "job"}, {.name = "from_at", .type = column_type::timestamp}, {.name = "to_at", .type = column_type::timestamp}},
      .key = {job, from_at},
      .paths = {{.name = "key", .columns = {job, from_at}}, {.name = "job", .columns = {job}}, {.name = "in_time", .columns = {}, .order = from_at}},
  };
  return t;
}
} // namespace dead_ranges

namespace job_workers {
const fold::table& table() {
  static const fold::table t{
      .name = "job_workers",
      .columns = {{.name = "job"}, {.name = "worker"}, {.name = "last_claim", .type = column_type::timestamp},
                  {.name = "active", .type = column_type::boolean}},
      .key = {job, worker},
      .paths = {{.name = "key", .columns = {job, worker}}, {.name = "job", .columns = {job}}, {.name = "claims", .columns = {worker}, .order = last_claim}},
  };
  return t;
}
} // namespace job_workers

namespace presence {
const fold::table& table() {
  static const fold::table t{
      .name = "presence",
      .columns = {{.name = "worker"}, {.name = "bucket", .type = column_type::timestamp}, {.name = "first_at", .type = column_type::timestamp},
                  {.name = "last_at", .type = column_type::timestamp}, {.name = "gaps", .type = column_type::json}, {.name = "status"},
                  {.name = "info"}, {.name = "host"}, {.name = "version"}, {.name = "informed", .type = column_type::boolean}},
      .key = {worker, bucket},
      .paths = {{.name = "key", .columns = {worker, bucket}}, {.name = "in_time", .columns = {worker}, .order = bucket}, {.name = "informed", .columns = {worker}, .only_where = informed, .order = bucket}},
  };
  return t;
}
} // namespace presence

namespace call_windows {
const fold::table& table() {
  static const fold::table t{
      .name = "call_windows",
      .columns = {{.name = "key"}, {.name = "window_start", .type = column_type::timestamp}, {.name = "rejected", .type = column_type::integer},
                  {.name = "day"}},
      .key = {key, window_start},
      .paths = {{.name = "key", .columns = {key, window_start}}, {.name = "day", .columns = {day}}},
  };
  return t;
}
} // namespace call_windows

namespace heard_days {
const fold::table& table() {
  static const fold::table t{
      .name = "heard_days",
      .columns = {{.name = "account"}, {.name = "day", .type = column_type::timestamp}, {.name = "hours", .type = column_type::json}},
      .key = {account, day},
      .paths = {{.name = "key", .columns = {account, day}}, {.name = "in_time", .columns = {account}, .order = day}},
  };
  return t;
}
} // namespace heard_days

namespace notices {
const fold::table& table() {
  static const fold::table t{
      .name = "notices",
      .columns = {{.name = "kind"}, {.name = "subject"}, {.name = "start_at", .type = column_type::timestamp}, {.name = "state"},
                  {.name = "wanted", .type = column_type::boolean}, {.name = "told"}, {.name = "recipients"}, {.name = "message"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "resolved_at", .type = column_type::timestamp}},
      .key = {kind, subject, start_at, state},
      .paths = {{.name = "key", .columns = {kind, subject, start_at, state}}, {.name = "subject", .columns = {kind, subject}}},
  };
  return t;
}
} // namespace notices

namespace internal_workers {
const fold::table& table() {
  static const fold::table t{
      .name = "internal_workers",
      .of_seed = true,
      .columns = {{.name = "worker"}, {.name = "last_seen", .type = column_type::timestamp}, {.name = "info"}, {.name = "host"}, {.name = "version"},
                  {.name = "status"}, {.name = "active_job"}, {.name = "secret"}, {.name = "rotating_to"},
                  {.name = "rotated_at", .type = column_type::timestamp}, {.name = "rate_limit_per_min", .type = column_type::integer},
                  {.name = "secret_key_id"}, {.name = "rotating_key_id"}, {.name = "offline_since", .type = column_type::timestamp}},
      .key = {worker},
      .paths = {{.name = "worker", .columns = {worker}}},
      .references = {{.column = "active_job_id", .to = &millrace::leads::jobs_named(), .columns = {active_job}}},
  };
  return t;
}
} // namespace internal_workers

namespace alert_events {
const fold::table& table() {
  static const fold::table t{
      .name = "alert_events",
      .of_seed = true,
      .columns = {{.name = "kind"}, {.name = "message"}, {.name = "payload", .type = column_type::json},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "subject"}, {.name = "start_at", .type = column_type::timestamp},
                  {.name = "resolved_at", .type = column_type::timestamp}, {.name = "origin"}},
      .key = {kind, subject, start_at},
      .paths = {{.name = "key", .columns = {kind, subject, start_at}}, {.name = "origin", .columns = {origin}}, {.name = "episodes", .columns = {kind, subject}, .order = start_at}},
  };
  return t;
}
} // namespace alert_events

namespace audit_logs {
const fold::table& table() {
  static const fold::table t{
      .name = "audit_logs",
      .of_seed = true,
      .columns = {{.name = "user"}, {.name = "action"}, {.name = "target"}, {.name = "payload", .type = column_type::json},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "event"}},
      .key = {event},
      .paths = {{.name = "event", .columns = {event}}},
      .references = {{.column = "user_id", .to = &millrace::leads::users_named(), .columns = {user}}},
  };
  return t;
}
} // namespace audit_logs

namespace auth_attempts {
const fold::table& table() {
  static const fold::table t{
      .name = "auth_attempts",
      .of_seed = true,
      .columns = {{.name = "ip"}, {.name = "key"}, {.name = "created_at", .type = column_type::timestamp}, {.name = "event"}},
      .key = {event},
      .paths = {{.name = "event", .columns = {event}}},
  };
  return t;
}
} // namespace auth_attempts

namespace settings {
const fold::table& table() {
  static const fold::table t{
      .name = "settings",
      .of_seed = true,
      .columns = {{.name = "key"}, {.name = "value"}, {.name = "updated_at", .type = column_type::timestamp}},
      .key = {key},
      .paths = {{.name = "key", .columns = {key}}},
  };
  return t;
}
} // namespace settings

} // namespace millrace::alerting::leads
