#include "contact-sync/leads/tables.hpp"

#include "leads/named.hpp"

namespace millrace::contact_sync::leads {

using fold::column_type;
using millrace::leads::categories_named;
using millrace::leads::workers_named;

namespace internal_jobs {
const fold::table& table() {
  static const fold::table t{
      .name = "internal_jobs",
      .of_seed = true,
      .columns = {{.name = "job"}, {.name = "requested_by"}, {.name = "role"}, {.name = "agent"}, {.name = "category"}, {.name = "job_group"},
                  {.name = "query"}, {.name = "ll"}, {.name = "radius_km", .type = column_type::integer}, {.name = "lang"}, {.name = "region"},
                  {.name = "status"}, {.name = "worker"}, {.name = "attempts", .type = column_type::integer},
                  {.name = "claimed_at", .type = column_type::timestamp}, {.name = "finished_at", .type = column_type::timestamp},
                  {.name = "result_count", .type = column_type::integer}, {.name = "target_count", .type = column_type::integer},
                  {.name = "progress_count", .type = column_type::integer}, {.name = "last_cursor", .type = column_type::integer},
                  {.name = "last_progress_at", .type = column_type::timestamp}, {.name = "lease_expires_at", .type = column_type::timestamp},
                  {.name = "next_retry_at", .type = column_type::timestamp}, {.name = "last_error"}, {.name = "done_reason"},
                  {.name = "max_attempts", .type = column_type::integer}, {.name = "priority", .type = column_type::integer},
                  {.name = "locked_until", .type = column_type::timestamp}, {.name = "queued_at", .type = column_type::timestamp},
                  {.name = "attempt_id"}, {.name = "city_hint"}, {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}, {.name = "is_stub", .type = column_type::boolean},
                  {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {job},
      .paths = {{.name = "job", .columns = {job}}},
      .references = {{.column = "requested_by_user_id", .to = &users::table(), .columns = {requested_by}},
                     {.column = "agent_id", .to = &users::table(), .columns = {agent}},
                     {.column = "category_id", .to = &categories_named(), .columns = {category}},
                     {.column = "job_group_id", .to = &job_groups::table(), .columns = {job_group}},
                     {.column = "worker_id", .to = &workers_named(), .columns = {worker}}},
  };
  return t;
}
} // namespace internal_jobs

namespace job_attempts {
const fold::table& table() {
  static const fold::table t{
      .name = "job_attempts",
      .of_seed = true,
      .columns = {{.name = "job"}, {.name = "worker"}, {.name = "started_at", .type = column_type::timestamp},
                  {.name = "finished_at", .type = column_type::timestamp}, {.name = "success", .type = column_type::boolean},
                  {.name = "log_excerpt"}, {.name = "attempt_id"}},
      .key = {job, attempt_id},
      .paths = {{.name = "key", .columns = {job, attempt_id}}, {.name = "job", .columns = {job}}},
      .references = {{.column = "job_id", .to = &internal_jobs::table(), .columns = {job}},
                     {.column = "worker_id", .to = &workers_named(), .columns = {worker}}},
  };
  return t;
}
} // namespace job_attempts

namespace dead_letter_jobs {
const fold::table& table() {
  static const fold::table t{
      .name = "dead_letter_jobs",
      .of_seed = true,
      .columns = {{.name = "job"}, {.name = "worker"}, {.name = "reason"}, {.name = "payload"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "attempt_id"}},
      .key = {job, attempt_id},
      .paths = {{.name = "key", .columns = {job, attempt_id}}, {.name = "job", .columns = {job}}},
      .references = {{.column = "job_id", .to = &internal_jobs::table(), .columns = {job}},
                     {.column = "worker_id", .to = &workers_named(), .columns = {worker}}},
  };
  return t;
}
} // namespace dead_letter_jobs

namespace idempotency_keys {
const fold::table& table() {
  static const fold::table t{
      .name = "idempotency_keys",
      .of_seed = true,
      .columns = {{.name = "job"}, {.name = "ikey"}, {.name = "created_at", .type = column_type::timestamp}},
      .key = {job, ikey},
      .paths = {{.name = "key", .columns = {job, ikey}}, {.name = "job", .columns = {job}}},
      .references = {{.column = "job_id", .to = &internal_jobs::table(), .columns = {job}}},
  };
  return t;
}
} // namespace idempotency_keys

namespace geo_cities {
const fold::table& table() {
  static const fold::table t{
      .name = "geo_cities",
      .of_seed = true,
      .columns = {{.name = "city"}, {.name = "name_ar"}, {.name = "name_en"}, {.name = "synonyms", .type = column_type::json},
                  {.name = "lat", .type = column_type::decimal}, {.name = "lon", .type = column_type::decimal}, {.name = "region_code"},
                  {.name = "updated_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {city},
      .paths = {{.name = "city", .columns = {city}}, {.name = "all", .columns = {}, .order = city}},
  };
  return t;
}
} // namespace geo_cities

namespace geo_districts {
const fold::table& table() {
  static const fold::table t{
      .name = "geo_districts",
      .of_seed = true,
      .columns = {{.name = "district"}, {.name = "city"}, {.name = "name_ar"}, {.name = "name_en"}, {.name = "synonyms", .type = column_type::json},
                  {.name = "lat", .type = column_type::decimal}, {.name = "lon", .type = column_type::decimal},
                  {.name = "updated_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {district},
      .paths = {{.name = "district", .columns = {district}}, {.name = "all", .columns = {}, .order = district}},
      .references = {{.column = "city_id", .to = &geo_cities::table(), .columns = {city}}},
  };
  return t;
}
} // namespace geo_districts

namespace geo_indexes {
const fold::table& table() {
  static const fold::table t{
      .name = "geo_indexes",
      .columns = {{.name = "indexed"}, {.name = "hash"}},
      .key = {indexed},
      .paths = {{.name = "indexed", .columns = {indexed}}},
  };
  return t;
}
} // namespace geo_indexes

namespace lead_rows {
const fold::table& table() {
  static const fold::table t{
      .name = "lead_rows",
      .columns = {{.name = "phone"}, {.name = "phone_norm"}, {.name = "name"}, {.name = "city"}, {.name = "country"}, {.name = "job_group"},
                  {.name = "created_by"}, {.name = "rating", .type = column_type::decimal}, {.name = "website"}, {.name = "email"},
                  {.name = "gmap_types"}, {.name = "source_url"}, {.name = "social", .type = column_type::json},
                  {.name = "lat", .type = column_type::decimal}, {.name = "lon", .type = column_type::decimal}, {.name = "geo_country"},
                  {.name = "geo_region_code"}, {.name = "geo_city"}, {.name = "geo_district"},
                  {.name = "geo_confidence", .type = column_type::decimal}, {.name = "source"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "live", .type = column_type::boolean}, {.name = "first_job"},
                  {.name = "seen_days"}},
      .key = {phone},
      .paths = {{.name = "phone", .columns = {phone}}},
      .references = {{.column = "job_group_id", .to = &job_groups::table(), .columns = {job_group}},
                     {.column = "created_by_user_id", .to = &users::table(), .columns = {created_by}},
                     {.column = "geo_city_id", .to = &geo_cities::table(), .columns = {geo_city}},
                     {.column = "geo_district_id", .to = &geo_districts::table(), .columns = {geo_district}}},
      .id_name = "leads",
  };
  return t;
}
} // namespace lead_rows

namespace leads_fingerprints {
const fold::table& table() {
  static const fold::table t{
      .name = "leads_fingerprints",
      .of_seed = true,
      .columns = {{.name = "phone"}, {.name = "fingerprint"}, {.name = "created_at", .type = column_type::timestamp}},
      .key = {phone, fingerprint},
      .paths = {{.name = "key", .columns = {phone, fingerprint}}, {.name = "phone", .columns = {phone}}},
      .references = {{.column = "lead_id", .to = &lead_rows::table(), .columns = {phone}}},
  };
  return t;
}
} // namespace leads_fingerprints

namespace assignments {
const fold::table& table() {
  static const fold::table t{
      .name = "assignments",
      .of_seed = true,
      .columns = {{.name = "phone"}, {.name = "agent"}, {.name = "status"}, {.name = "assigned_at", .type = column_type::timestamp}},
      .key = {phone},
      .paths = {{.name = "phone", .columns = {phone}}},
      .references = {{.column = "lead_id", .to = &lead_rows::table(), .columns = {phone}},
                     {.column = "agent_id", .to = &users::table(), .columns = {agent}}},
  };
  return t;
}
} // namespace assignments

namespace lead_rejects {
const fold::table& table() {
  static const fold::table t{
      .name = "lead_rejects",
      .columns = {{.name = "event"}, {.name = "item", .type = column_type::integer}, {.name = "code"}, {.name = "raw"},
                  {.name = "created_at", .type = column_type::timestamp}},
      .key = {event, item},
      .paths = {{.name = "key", .columns = {event, item}}, {.name = "event", .columns = {event}}},
  };
  return t;
}
} // namespace lead_rejects

namespace staff_said {
const fold::table& table() {
  static const fold::table t{
      .name = "staff_said",
      .columns = {{.name = "user"}, {.name = "mobile"}, {.name = "mobile_since"}, {.name = "username"}, {.name = "username_since"}, {.name = "name"},
                  {.name = "role"}, {.name = "password_hash"}, {.name = "active", .type = column_type::boolean},
                  {.name = "is_superadmin", .type = column_type::boolean}, {.name = "washeej_token"}, {.name = "washeej_sender"},
                  {.name = "whatsapp_message"}, {.name = "created_at", .type = column_type::timestamp},
                  {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {user},
      .paths = {{.name = "user", .columns = {user}}, {.name = "mobile", .columns = {mobile}}, {.name = "username", .columns = {username}}},
  };
  return t;
}
} // namespace staff_said

namespace staff_claims {
const fold::table& table() {
  static const fold::table t{
      .name = "staff_claims",
      .columns = {{.name = "column_name"}, {.name = "value"}, {.name = "owner"}},
      .key = {column_name, value},
      .paths = {{.name = "key", .columns = {column_name, value}}},
  };
  return t;
}
} // namespace staff_claims

namespace users {
const fold::table& table() {
  static const fold::table t{
      .name = "users",
      .of_seed = true,
      .columns = {{.name = "user"}, {.name = "mobile"}, {.name = "username"}, {.name = "name"}, {.name = "role"}, {.name = "password_hash"},
                  {.name = "active", .type = column_type::boolean}, {.name = "is_superadmin", .type = column_type::boolean},
                  {.name = "washeej_token"}, {.name = "washeej_sender"}, {.name = "whatsapp_message"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp},
                  {.name = "conflicts"}},
      .key = {user},
      .paths = {{.name = "user", .columns = {user}}},
  };
  return t;
}
} // namespace users

namespace sessions {
const fold::table& table() {
  static const fold::table t{
      .name = "sessions",
      .of_seed = true,
      .columns = {{.name = "token_hash"}, {.name = "user"}, {.name = "expires_at", .type = column_type::timestamp},
                  {.name = "created_at", .type = column_type::timestamp}},
      .key = {token_hash},
      .paths = {{.name = "token_hash", .columns = {token_hash}}},
      .references = {{.column = "user_id", .to = &users::table(), .columns = {user}}},
  };
  return t;
}
} // namespace sessions

namespace session_users {
const fold::table& table() {
  static const fold::table t{
      .name = "session_users",
      .columns = {{.name = "token_hash"}, {.name = "user"}},
      .key = {token_hash},
      .paths = {{.name = "token_hash", .columns = {token_hash}}, {.name = "user", .columns = {user}}},
  };
  return t;
}
} // namespace session_users

namespace job_groups {
const fold::table& table() {
  static const fold::table t{
      .name = "job_groups",
      .of_seed = true,
      .columns = {{.name = "job_group"}, {.name = "user"}, {.name = "category"}, {.name = "base_query"}, {.name = "note"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {job_group},
      .paths = {{.name = "job_group", .columns = {job_group}}},
      .references = {{.column = "created_by_user_id", .to = &users::table(), .columns = {user}},
                     {.column = "category_id", .to = &categories_named(), .columns = {category}}},
  };
  return t;
}
} // namespace job_groups

namespace place_cache {
const fold::table& table() {
  static const fold::table t{
      .name = "place_cache",
      .of_seed = true,
      .columns = {{.name = "provider"}, {.name = "external_id"}, {.name = "phone"}, {.name = "name"}, {.name = "city"}, {.name = "country"},
                  {.name = "updated_at", .type = column_type::timestamp}, {.name = "fetched_days"}},
      .key = {provider, external_id},
      .paths = {{.name = "key", .columns = {provider, external_id}}},
  };
  return t;
}
} // namespace place_cache

namespace search_tiles {
const fold::table& table() {
  static const fold::table t{
      .name = "search_tiles",
      .of_seed = true,
      .columns = {{.name = "tile_key"}, {.name = "q"}, {.name = "ll"}, {.name = "radius_km", .type = column_type::integer},
                  {.name = "provider_order"}, {.name = "preview_count", .type = column_type::integer},
                  {.name = "leads_added", .type = column_type::integer}, {.name = "updated_at", .type = column_type::timestamp}},
      .key = {tile_key},
      .paths = {{.name = "key", .columns = {tile_key}}},
  };
  return t;
}
} // namespace search_tiles

namespace call_windows {
const fold::table& table() {
  static const fold::table t{
      .name = "call_windows",
      .columns = {{.name = "key"}, {.name = "window_start", .type = column_type::timestamp}, {.name = "rejected", .type = column_type::integer}},
      .key = {key, window_start},
      .paths = {{.name = "key", .columns = {key, window_start}}},
  };
  return t;
}
} // namespace call_windows

namespace washeej_logs {
const fold::table& table() {
  static const fold::table t{
      .name = "washeej_logs",
      .of_seed = true,
      .columns = {{.name = "event"}, {.name = "phone"}, {.name = "agent"}, {.name = "sent_by"}, {.name = "http_code", .type = column_type::integer},
                  {.name = "response"}, {.name = "created_at", .type = column_type::timestamp}},
      .key = {event},
      .paths = {{.name = "event", .columns = {event}}},
      .references = {{.column = "lead_id", .to = &lead_rows::table(), .columns = {phone}},
                     {.column = "agent_id", .to = &users::table(), .columns = {agent}},
                     {.column = "sent_by_user_id", .to = &users::table(), .columns = {sent_by}}},
  };
  return t;
}
} // namespace washeej_logs

namespace usage_counters {
const fold::table& table() {
  static const fold::table t{
      .name = "usage_counters",
      .of_seed = true,
      .columns = {{.name = "day"}, {.name = "kind"}, {.name = "count", .type = column_type::integer}},
      .key = {day, kind},
      .paths = {{.name = "key", .columns = {day, kind}}},
  };
  return t;
}
} // namespace usage_counters

} // namespace millrace::contact_sync::leads
