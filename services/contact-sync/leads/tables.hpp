// The tables of leads that contact-sync alone writes: the seed's, and what stands between facts and them. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::contact_sync::leads {

namespace internal_jobs {
enum column : std::size_t {
  job, requested_by, role, agent, category, job_group, query, ll, radius_km, lang, region, status, worker, attempts, claimed_at, finished_at,
  result_count, target_count, progress_count, last_cursor, last_progress_at, lease_expires_at, next_retry_at, last_error, done_reason,
  max_attempts, priority, locked_until, queued_at, attempt_id, city_hint, created_at, updated_at, is_stub, deleted_at
};
enum path : std::size_t { by_job };
const fold::table& table();
} // namespace internal_jobs

namespace job_attempts {
enum column : std::size_t { job, worker, started_at, finished_at, success, log_excerpt, attempt_id };
enum path : std::size_t { by_key, by_job };
const fold::table& table();
} // namespace job_attempts

namespace dead_letter_jobs {
enum column : std::size_t { job, worker, reason, payload, created_at, attempt_id };
enum path : std::size_t { by_key, by_job };
const fold::table& table();
} // namespace dead_letter_jobs

namespace idempotency_keys {
enum column : std::size_t { job, ikey, created_at };
enum path : std::size_t { by_key, by_job };
const fold::table& table();
} // namespace idempotency_keys

namespace geo_cities {
enum column : std::size_t { city, name_ar, name_en, synonyms, lat, lon, region_code, updated_at, deleted_at };
enum path : std::size_t { by_city, all };
const fold::table& table();
} // namespace geo_cities

namespace geo_districts {
enum column : std::size_t { district, city, name_ar, name_en, synonyms, lat, lon, updated_at, deleted_at };
enum path : std::size_t { by_district, all };
const fold::table& table();
} // namespace geo_districts

// One row while there is any city or district that is not deleted: the hash of all that leads' places are looked up in.
namespace geo_indexes {
enum column : std::size_t { indexed, hash };
enum path : std::size_t { by_indexed };
const fold::table& table();
inline constexpr const char* the_one = "all";
} // namespace geo_indexes

// The base of the seed's view `leads`, which adds the classifier's category; rows have the ids of `leads`.
namespace lead_rows {
enum column : std::size_t {
  phone, phone_norm, name, city, country, job_group, created_by, rating, website, email, gmap_types, source_url, social, lat, lon,
  geo_country, geo_region_code, geo_city, geo_district, geo_confidence, source, created_at, live, first_job, seen_days
};
enum path : std::size_t { by_phone };
const fold::table& table();
} // namespace lead_rows

namespace leads_fingerprints {
enum column : std::size_t { phone, fingerprint, created_at };
enum path : std::size_t { by_key, by_phone };
const fold::table& table();
} // namespace leads_fingerprints

namespace assignments {
enum column : std::size_t { phone, agent, status, assigned_at };
enum path : std::size_t { by_phone };
const fold::table& table();
} // namespace assignments

namespace lead_rejects {
enum column : std::size_t { event, item, code, raw, created_at };
enum path : std::size_t { by_key, by_event };
const fold::table& table();
} // namespace lead_rejects

// What is said of staff, and since when a mobile and a username have been what they are.
namespace staff_said {
enum column : std::size_t {
  user, mobile, mobile_since, username, username_since, name, role, password_hash, active, is_superadmin, washeej_token, washeej_sender,
  whatsapp_message, created_at, deleted_at
};
enum path : std::size_t { by_user, by_mobile, by_username };
const fold::table& table();
} // namespace staff_said

// Who owns a mobile or a username that several claim: `column` says which of the two it is.
namespace staff_claims {
enum column : std::size_t { column_name, value, owner };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace staff_claims

namespace users {
enum column : std::size_t {
  user, mobile, username, name, role, password_hash, active, is_superadmin, washeej_token, washeej_sender, whatsapp_message, created_at,
  deleted_at, conflicts
};
enum path : std::size_t { by_user };
const fold::table& table();
} // namespace users

namespace sessions {
enum column : std::size_t { token_hash, user, expires_at, created_at };
enum path : std::size_t { by_token };
const fold::table& table();
} // namespace sessions

// Whose a token is, for as long as there is a fact of it: by this a user's sessions are found when they are no rows.
namespace session_users {
enum column : std::size_t { token_hash, user };
enum path : std::size_t { by_token, by_user };
const fold::table& table();
} // namespace session_users

namespace job_groups {
enum column : std::size_t { job_group, user, category, base_query, note, created_at, deleted_at };
enum path : std::size_t { by_group };
const fold::table& table();
} // namespace job_groups

namespace place_cache {
enum column : std::size_t { provider, external_id, phone, name, city, country, updated_at, fetched_days };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace place_cache

namespace search_tiles {
enum column : std::size_t { tile_key, q, ll, radius_km, provider_order, preview_count, leads_added, updated_at };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace search_tiles

// How many calls a limit has refused in one window: the greatest that was said.
namespace call_windows {
enum column : std::size_t { key, window_start, rejected };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace call_windows

namespace washeej_logs {
enum column : std::size_t { event, phone, agent, sent_by, http_code, response, created_at };
enum path : std::size_t { by_event };
const fold::table& table();
} // namespace washeej_logs

// A day's totals, tallied by the engine.
namespace usage_counters {
enum column : std::size_t { day, kind, count };
const fold::table& table();
} // namespace usage_counters

} // namespace millrace::contact_sync::leads
