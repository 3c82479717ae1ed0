-- The gateway's own copy of the jobs that may be handed out, folded with the engine.
create table :schema.open_jobs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  status text collate "C" not null check (status in ('queued', 'processing')),
  priority bigint not null,
  queued_at timestamptz not null,
  agent text collate "C",
  query text collate "C",
  ll text collate "C",
  radius_km bigint,
  lang text collate "C",
  region text collate "C",
  target_count bigint,
  progress_count bigint not null,
  last_cursor bigint,
  category text collate "C",
  city_hint text collate "C",
  attempts bigint not null,
  max_attempts bigint not null,
  next_retry_at timestamptz,
  locked_until timestamptz,
  lease_end timestamptz,
  attempt_ids text collate "C" not null check (attempt_ids::json is not null),
  constraint open_jobs_key unique (job, project_id)
);
comment on table :schema.open_jobs is 'Jobs that are queued or processing: what a lead worker is shown, and what decides whether it may have one.';
comment on column :schema.open_jobs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.open_jobs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.open_jobs.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.open_jobs.job is 'Which job.';
comment on column :schema.open_jobs.status is 'Where it stands.';
comment on column :schema.open_jobs.priority is 'The greatest goes first.';
comment on column :schema.open_jobs.queued_at is 'As said, else when it was created.';
comment on column :schema.open_jobs.agent is 'For whom.';
comment on column :schema.open_jobs.query is 'What is to be found.';
comment on column :schema.open_jobs.ll is 'Where.';
comment on column :schema.open_jobs.radius_km is 'How far around.';
comment on column :schema.open_jobs.lang is 'In which language.';
comment on column :schema.open_jobs.region is 'In which region.';
comment on column :schema.open_jobs.target_count is 'How many are wanted.';
comment on column :schema.open_jobs.progress_count is 'How many were reported.';
comment on column :schema.open_jobs.last_cursor is 'How far the last worker was.';
comment on column :schema.open_jobs.category is 'What they are.';
comment on column :schema.open_jobs.city_hint is 'Near which city.';
comment on column :schema.open_jobs.attempts is 'How often it was tried.';
comment on column :schema.open_jobs.max_attempts is 'How often it may be.';
comment on column :schema.open_jobs.next_retry_at is 'Not before.';
comment on column :schema.open_jobs.locked_until is 'Not before, by an admin''s word.';
comment on column :schema.open_jobs.lease_end is 'Until when its worker has it.';
comment on column :schema.open_jobs.attempt_ids is 'The attempts that are folded, as a JSON array.';
create index open_jobs_order on :schema.open_jobs (project_id, priority desc, queued_at, job);

create table :schema.job_rules (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  rules text collate "C" not null,
  max_attempts_default text collate "C" check (max_attempts_default is null or max_attempts_default::json is not null),
  lease_sec_default text collate "C" check (lease_sec_default is null or lease_sec_default::json is not null),
  job_attempts_ttl_days text collate "C" check (job_attempts_ttl_days is null or job_attempts_ttl_days::json is not null),
  dead_letter_ttl_days text collate "C" check (dead_letter_ttl_days is null or dead_letter_ttl_days::json is not null),
  constraint job_rules_key unique (rules, project_id)
);
comment on table :schema.job_rules is 'The settings that decide what becomes of jobs, each with its history: [[from when on, value], …].';
comment on column :schema.job_rules.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.job_rules.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.job_rules.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.job_rules.rules is 'Of what: ''jobs''.';
comment on column :schema.job_rules.max_attempts_default is 'How often a job is tried, as of the moment.';
comment on column :schema.job_rules.lease_sec_default is 'For how long a claim holds, as of the moment.';
comment on column :schema.job_rules.job_attempts_ttl_days is 'For how long ended attempts are rows; the last value counts.';
comment on column :schema.job_rules.dead_letter_ttl_days is 'For how long dead letters are rows; the last value counts.';

create table :schema.laps (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  function text collate "C" not null,
  goal text collate "C" not null,
  at text collate "C" not null,
  stop text collate "C" not null,
  wrapped boolean not null,
  constraint laps_key unique (function, project_id)
);
comment on table :schema.laps is 'Where a sweep over everything is. No row when it is done.';
comment on column :schema.laps.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.laps.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.laps.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.laps.function is 'The sweep.';
comment on column :schema.laps.goal is 'What it is done for.';
comment on column :schema.laps.at is 'How far it is.';
comment on column :schema.laps.stop is 'Where it began.';
comment on column :schema.laps.wrapped is 'Whether it has been at the end.';
