-- The seed's tables of leads that contact-sync writes (docs/domains/leads.md §4): the seed's columns, with the source's own
-- ids as they are said; a column <x>_id holds the row's uuid. No foreign keys between groups: a child may come first.

create table leads.internal_jobs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  requested_by text collate "C",
  requested_by_user_id uuid,
  role text collate "C" check (role in ('admin', 'agent')),
  agent text collate "C",
  agent_id uuid,
  category text collate "C",
  category_id uuid,
  job_group text collate "C",
  job_group_id uuid,
  query text collate "C",
  ll text collate "C",
  radius_km bigint,
  lang text collate "C",
  region text collate "C",
  status text collate "C" not null check (status in ('queued', 'processing', 'done', 'failed')),
  worker text collate "C",
  worker_id uuid,
  attempts bigint not null,
  claimed_at timestamptz,
  finished_at timestamptz,
  result_count bigint not null,
  target_count bigint,
  progress_count bigint not null,
  last_cursor bigint,
  last_progress_at timestamptz,
  lease_expires_at timestamptz,
  next_retry_at timestamptz,
  last_error text collate "C",
  done_reason text collate "C" check (done_reason in ('worker_done', 'target_reached', 'no_more_results', 'cancelled_admin')),
  max_attempts bigint,
  priority bigint not null,
  locked_until timestamptz,
  queued_at timestamptz,
  attempt_id text collate "C",
  city_hint text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  is_stub boolean not null,
  deleted_at timestamptz,
  constraint internal_jobs_key unique (job, project_id)
);
comment on table leads.internal_jobs is 'Jobs of the lead workers. Written by contact-sync.';
comment on column leads.internal_jobs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.internal_jobs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.internal_jobs.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.internal_jobs.job is 'The source''s own id.';
comment on column leads.internal_jobs.requested_by is 'Who asked for it: a user.';
comment on column leads.internal_jobs.requested_by_user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_jobs.role is '''admin'' | ''agent''.';
comment on column leads.internal_jobs.agent is 'The agent for whom it is.';
comment on column leads.internal_jobs.agent_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_jobs.category is 'The category that its leads are to have.';
comment on column leads.internal_jobs.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_jobs.job_group is 'Its group.';
comment on column leads.internal_jobs.job_group_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_jobs.query is 'What is searched.';
comment on column leads.internal_jobs.ll is '"lat,lng".';
comment on column leads.internal_jobs.radius_km is 'Radius.';
comment on column leads.internal_jobs.lang is '''ar'' | ''en''.';
comment on column leads.internal_jobs.region is '''sa'' …';
comment on column leads.internal_jobs.status is '''queued'' | ''processing'' | ''done'' | ''failed''.';
comment on column leads.internal_jobs.worker is 'Who has it, or ended it.';
comment on column leads.internal_jobs.worker_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_jobs.attempts is 'How often it was claimed since it was last reset.';
comment on column leads.internal_jobs.claimed_at is 'The current claim.';
comment on column leads.internal_jobs.finished_at is 'When it ended.';
comment on column leads.internal_jobs.result_count is 'Distinct phones that it brought.';
comment on column leads.internal_jobs.target_count is 'How many are wanted.';
comment on column leads.internal_jobs.progress_count is 'Items that reports brought.';
comment on column leads.internal_jobs.last_cursor is 'Where the worker is.';
comment on column leads.internal_jobs.last_progress_at is 'The last report that brought something new.';
comment on column leads.internal_jobs.lease_expires_at is 'Until when it is the worker''s.';
comment on column leads.internal_jobs.next_retry_at is 'Not before.';
comment on column leads.internal_jobs.last_error is 'Why an attempt ended.';
comment on column leads.internal_jobs.done_reason is '''worker_done'' | ''target_reached'' | ''no_more_results'' | ''cancelled_admin''.';
comment on column leads.internal_jobs.max_attempts is 'Its own limit.';
comment on column leads.internal_jobs.priority is 'Higher is first.';
comment on column leads.internal_jobs.locked_until is 'Not handed out before.';
comment on column leads.internal_jobs.queued_at is 'Since when it waits.';
comment on column leads.internal_jobs.attempt_id is 'The attempt that runs.';
comment on column leads.internal_jobs.city_hint is 'Where to search.';
comment on column leads.internal_jobs.created_at is 'Event time of its creation, else of its first fact.';
comment on column leads.internal_jobs.updated_at is 'Event time of its last fact.';
comment on column leads.internal_jobs.is_stub is 'Known by others'' words only: its creation may still come.';
comment on column leads.internal_jobs.deleted_at is 'Deleted, for ever.';
create index internal_jobs_status_lease_expires_at on leads.internal_jobs (status, lease_expires_at);
create index internal_jobs_status_updated_at on leads.internal_jobs (status, updated_at);
create index internal_jobs_status_priority_queued_at_job on leads.internal_jobs (status, priority desc, queued_at, job);

create table leads.job_attempts (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  job_id uuid,
  worker text collate "C" not null,
  worker_id uuid,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  success boolean not null,
  log_excerpt text collate "C",
  attempt_id text collate "C" not null,
  constraint job_attempts_key unique (job, attempt_id, project_id)
);
comment on table leads.job_attempts is 'Attempts that ended, for as long as the setting says. Written by contact-sync.';
comment on column leads.job_attempts.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.job_attempts.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.job_attempts.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.job_attempts.job is 'The job.';
comment on column leads.job_attempts.job_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.job_attempts.worker is 'Who tried.';
comment on column leads.job_attempts.worker_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.job_attempts.started_at is 'The claim.';
comment on column leads.job_attempts.finished_at is 'The end.';
comment on column leads.job_attempts.success is 'Whether it brought what was wanted.';
comment on column leads.job_attempts.log_excerpt is 'The error, or what the worker logged.';
comment on column leads.job_attempts.attempt_id is 'The attempt.';
create index job_attempts_job on leads.job_attempts (job, project_id);
create index job_attempts_finished_at on leads.job_attempts (finished_at);

create table leads.dead_letter_jobs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  job_id uuid,
  worker text collate "C" not null,
  worker_id uuid,
  reason text collate "C" not null,
  payload text collate "C",
  created_at timestamptz not null,
  attempt_id text collate "C" not null,
  constraint dead_letter_jobs_key unique (job, attempt_id, project_id)
);
comment on table leads.dead_letter_jobs is 'Jobs that nobody tries again. Written by contact-sync.';
comment on column leads.dead_letter_jobs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.dead_letter_jobs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.dead_letter_jobs.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.dead_letter_jobs.job is 'The job.';
comment on column leads.dead_letter_jobs.job_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.dead_letter_jobs.worker is 'Who failed last.';
comment on column leads.dead_letter_jobs.worker_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.dead_letter_jobs.reason is 'Why.';
comment on column leads.dead_letter_jobs.payload is 'What it logged.';
comment on column leads.dead_letter_jobs.created_at is 'Since when.';
comment on column leads.dead_letter_jobs.attempt_id is 'The attempt that failed.';
create index dead_letter_jobs_job on leads.dead_letter_jobs (job, project_id);

create table leads.idempotency_keys (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  job_id uuid,
  ikey text collate "C" not null,
  created_at timestamptz not null,
  constraint idempotency_keys_key unique (job, ikey, project_id),
  constraint idempotency_keys_whole check (octet_length(ikey) between 1 and 100)
);
comment on table leads.idempotency_keys is 'Reports that count once. Written by contact-sync.';
comment on column leads.idempotency_keys.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.idempotency_keys.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.idempotency_keys.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.idempotency_keys.job is 'The job.';
comment on column leads.idempotency_keys.job_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.idempotency_keys.ikey is 'What the worker called its report.';
comment on column leads.idempotency_keys.created_at is 'The report that counted.';
create index idempotency_keys_job on leads.idempotency_keys (job, project_id);

create table leads.leads_fingerprints (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  lead_id uuid,
  fingerprint text collate "C" not null,
  created_at timestamptz not null,
  constraint leads_fingerprints_key unique (phone, fingerprint, project_id),
  constraint leads_fingerprints_fingerprint unique (fingerprint, project_id)
);
comment on table leads.leads_fingerprints is 'What was seen, a row for each distinct sighting. Written by contact-sync.';
comment on column leads.leads_fingerprints.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.leads_fingerprints.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.leads_fingerprints.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.leads_fingerprints.phone is 'The lead.';
comment on column leads.leads_fingerprints.lead_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.leads_fingerprints.fingerprint is 'SHA-1 of phone, source, city, place and day.';
comment on column leads.leads_fingerprints.created_at is 'The first sighting that has it.';
create index leads_fingerprints_phone on leads.leads_fingerprints (phone, project_id);

create table leads.assignments (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  lead_id uuid,
  agent text collate "C" not null,
  agent_id uuid,
  status text collate "C" not null check (status in ('new', 'contacted', 'qualified', 'attempted', 'connected', 'no_answer', 'wrong_number', 'closed')),
  assigned_at timestamptz not null,
  constraint assignments_key unique (phone, project_id)
);
comment on table leads.assignments is 'Leads and their agents. Written by contact-sync.';
comment on column leads.assignments.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.assignments.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.assignments.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.assignments.phone is 'The lead.';
comment on column leads.assignments.lead_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.assignments.agent is 'Whose it is.';
comment on column leads.assignments.agent_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.assignments.status is 'What became of it.';
comment on column leads.assignments.assigned_at is 'Since when.';
create index assignments_agent_status on leads.assignments (agent, status);

create table leads.users (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  "user" text collate "C" not null,
  mobile text collate "C",
  username text collate "C",
  name text collate "C",
  role text collate "C" not null check (role in ('admin', 'agent')),
  password_hash text collate "C",
  active boolean not null,
  is_superadmin boolean not null,
  washeej_token text collate "C",
  washeej_sender text collate "C",
  whatsapp_message text collate "C",
  created_at timestamptz not null,
  deleted_at timestamptz,
  conflicts text collate "C",
  constraint users_key unique ("user", project_id),
  constraint users_mobile_unique unique (mobile, project_id) deferrable initially deferred,
  constraint users_username_unique unique (username, project_id) deferrable initially deferred
);
comment on table leads.users is 'Staff. Written by contact-sync.';
comment on column leads.users.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.users.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.users.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.users."user" is 'The source''s own id.';
comment on column leads.users.mobile is 'E.164; null while an earlier claim of another has it.';
comment on column leads.users.username is 'Username; null while an earlier claim of another has it.';
comment on column leads.users.name is 'Name.';
comment on column leads.users.role is '''admin'' | ''agent''.';
comment on column leads.users.password_hash is 'Hashed.';
comment on column leads.users.active is 'Whether active.';
comment on column leads.users.is_superadmin is 'Whether a superadmin.';
comment on column leads.users.washeej_token is 'Sealed.';
comment on column leads.users.washeej_sender is 'Sender id.';
comment on column leads.users.whatsapp_message is 'Template.';
comment on column leads.users.created_at is 'First fact.';
comment on column leads.users.deleted_at is 'Deleted, for ever.';
comment on column leads.users.conflicts is 'Which of its unique values another has.';

create table leads.sessions (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  token_hash text collate "C" not null,
  "user" text collate "C" not null,
  user_id uuid,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  constraint sessions_key unique (token_hash, project_id)
);
comment on table leads.sessions is 'Open sessions. Written by contact-sync.';
comment on column leads.sessions.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.sessions.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.sessions.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.sessions.token_hash is 'SHA-256 of the cookie''s value.';
comment on column leads.sessions."user" is 'Whose.';
comment on column leads.sessions.user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.sessions.expires_at is 'Until when.';
comment on column leads.sessions.created_at is 'When it was opened.';
create index sessions_expires_at on leads.sessions (expires_at);

create table leads.job_groups (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job_group text collate "C" not null,
  "user" text collate "C",
  created_by_user_id uuid,
  category text collate "C",
  category_id uuid,
  base_query text collate "C",
  note text collate "C",
  created_at timestamptz not null,
  deleted_at timestamptz,
  constraint job_groups_key unique (job_group, project_id)
);
comment on table leads.job_groups is 'Groups of jobs. Written by contact-sync.';
comment on column leads.job_groups.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.job_groups.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.job_groups.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.job_groups.job_group is 'The source''s own id.';
comment on column leads.job_groups."user" is 'Who made it.';
comment on column leads.job_groups.created_by_user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.job_groups.category is 'The category that it is for.';
comment on column leads.job_groups.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.job_groups.base_query is 'Shared query.';
comment on column leads.job_groups.note is 'Note.';
comment on column leads.job_groups.created_at is 'First fact.';
comment on column leads.job_groups.deleted_at is 'Deleted, for ever.';

create table leads.place_cache (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  provider text collate "C" not null,
  external_id text collate "C" not null,
  phone text collate "C",
  name text collate "C",
  city text collate "C",
  country text collate "C",
  updated_at timestamptz,
  fetched_days text collate "C",
  constraint place_cache_key unique (provider, external_id, project_id)
);
comment on table leads.place_cache is 'Places, as last seen. Written by contact-sync.';
comment on column leads.place_cache.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.place_cache.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.place_cache.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.place_cache.provider is 'Whose place.';
comment on column leads.place_cache.external_id is 'Its id there.';
comment on column leads.place_cache.phone is 'E.164.';
comment on column leads.place_cache.name is 'Name.';
comment on column leads.place_cache.city is 'City.';
comment on column leads.place_cache.country is 'Country.';
comment on column leads.place_cache.updated_at is 'When it was last seen.';
comment on column leads.place_cache.fetched_days is '"<day>:<details fetched>", joined by commas.';

create table leads.search_tiles (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  tile_key text collate "C" not null,
  q text collate "C" not null,
  ll text collate "C" not null,
  radius_km bigint not null,
  provider_order text collate "C",
  preview_count bigint,
  leads_added bigint not null,
  updated_at timestamptz not null,
  constraint search_tiles_key unique (tile_key, project_id)
);
comment on table leads.search_tiles is 'Where was searched. Written by contact-sync.';
comment on column leads.search_tiles.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.search_tiles.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.search_tiles.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.search_tiles.tile_key is 'SHA-1 of query, place and radius.';
comment on column leads.search_tiles.q is 'Query.';
comment on column leads.search_tiles.ll is '"lat,lng".';
comment on column leads.search_tiles.radius_km is 'Radius.';
comment on column leads.search_tiles.provider_order is 'Comma-separated.';
comment on column leads.search_tiles.preview_count is 'As last said.';
comment on column leads.search_tiles.leads_added is 'Of all searches.';
comment on column leads.search_tiles.updated_at is 'The last search.';

create table leads.washeej_logs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  event text collate "C" not null,
  phone text collate "C",
  lead_id uuid,
  agent text collate "C",
  agent_id uuid,
  sent_by text collate "C",
  sent_by_user_id uuid,
  http_code bigint,
  response text collate "C",
  created_at timestamptz not null,
  constraint washeej_logs_key unique (event, project_id)
);
comment on table leads.washeej_logs is 'Messages sent to leads. Written by contact-sync.';
comment on column leads.washeej_logs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.washeej_logs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.washeej_logs.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.washeej_logs.event is 'The event''s id.';
comment on column leads.washeej_logs.phone is 'The lead.';
comment on column leads.washeej_logs.lead_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.washeej_logs.agent is 'For whom.';
comment on column leads.washeej_logs.agent_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.washeej_logs.sent_by is 'Who sent it.';
comment on column leads.washeej_logs.sent_by_user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.washeej_logs.http_code is 'What the messenger answered.';
comment on column leads.washeej_logs.response is 'And said.';
comment on column leads.washeej_logs.created_at is 'When.';

create table leads.usage_counters (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  day text collate "C" not null,
  kind text collate "C" not null,
  count bigint not null,
  constraint usage_counters_key unique (day, kind, project_id)
);
comment on table leads.usage_counters is 'A day''s totals. Written by contact-sync.';
comment on column leads.usage_counters.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.usage_counters.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.usage_counters.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.usage_counters.day is 'UTC day.';
comment on column leads.usage_counters.kind is 'What is counted.';
comment on column leads.usage_counters.count is 'How many.';
