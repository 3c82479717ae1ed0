-- What stands between the facts of leads and the tables that alerting writes, in its own schema (":schema").

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

create table :schema.watch_rules (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  rules text collate "C" not null,
  max_attempts_default text check (max_attempts_default is null or max_attempts_default::json is not null),
  lease_sec_default text check (lease_sec_default is null or lease_sec_default::json is not null),
  job_attempts_ttl_days text check (job_attempts_ttl_days is null or job_attempts_ttl_days::json is not null),
  dead_letter_ttl_days text check (dead_letter_ttl_days is null or dead_letter_ttl_days::json is not null),
  stuck_minutes text check (stuck_minutes is null or stuck_minutes::json is not null),
  worker_online_window_sec text check (worker_online_window_sec is null or worker_online_window_sec::json is not null),
  constraint watch_rules_key unique (rules, project_id)
);
comment on table :schema.watch_rules is 'The settings that decide what is watched, as they were at any moment; no row while none is said.';
comment on column :schema.watch_rules.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.watch_rules.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.watch_rules.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.watch_rules.rules is 'Which rules: there is one row.';
comment on column :schema.watch_rules.max_attempts_default is 'The setting in time: [[from, value], …].';
comment on column :schema.watch_rules.lease_sec_default is 'Likewise.';
comment on column :schema.watch_rules.job_attempts_ttl_days is 'Likewise.';
comment on column :schema.watch_rules.dead_letter_ttl_days is 'Likewise.';
comment on column :schema.watch_rules.stuck_minutes is 'Likewise.';
comment on column :schema.watch_rules.worker_online_window_sec is 'Likewise.';

create table :schema.dead_ranges (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  from_at timestamptz not null,
  to_at timestamptz,
  constraint dead_ranges_key unique (job, from_at, project_id)
);
comment on table :schema.dead_ranges is 'When jobs were in the dead letters.';
comment on column :schema.dead_ranges.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.dead_ranges.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.dead_ranges.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.dead_ranges.job is 'The job.';
comment on column :schema.dead_ranges.from_at is 'Since when it was in the dead letters.';
comment on column :schema.dead_ranges.to_at is 'Until when; null: still.';
create index dead_ranges_job on :schema.dead_ranges (job, project_id);
create index dead_ranges_in_time on :schema.dead_ranges (project_id, from_at, job);

create table :schema.job_workers (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  worker text collate "C" not null,
  last_claim timestamptz not null,
  active boolean not null,
  constraint job_workers_key unique (job, worker, project_id)
);
comment on table :schema.job_workers is 'Which workers had which jobs.';
comment on column :schema.job_workers.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.job_workers.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.job_workers.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.job_workers.job is 'The job.';
comment on column :schema.job_workers.worker is 'The worker.';
comment on column :schema.job_workers.last_claim is 'When it last claimed the job.';
comment on column :schema.job_workers.active is 'Whether the job is in its hands now.';
create index job_workers_job on :schema.job_workers (job, project_id);
create index job_workers_claims on :schema.job_workers (worker, project_id, last_claim, job);

create table :schema.presence (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  worker text collate "C" not null,
  bucket timestamptz not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  gaps text check (gaps is null or gaps::json is not null),
  status text collate "C" not null,
  info text collate "C",
  host text collate "C",
  version text collate "C",
  informed boolean not null,
  constraint presence_key unique (worker, bucket, project_id)
);
comment on table :schema.presence is 'When workers spoke, by five minutes.';
comment on column :schema.presence.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.presence.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.presence.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.presence.worker is 'The worker.';
comment on column :schema.presence.bucket is 'Which five minutes: their beginning.';
comment on column :schema.presence.first_at is 'Its first word in them.';
comment on column :schema.presence.last_at is 'Its last.';
comment on column :schema.presence.gaps is 'Silences over 90 s in between: [[from, to], …].';
comment on column :schema.presence.status is 'What it was last doing.';
comment on column :schema.presence.info is 'As last said.';
comment on column :schema.presence.host is 'As last said.';
comment on column :schema.presence.version is 'As last said.';
comment on column :schema.presence.informed is 'Whether it said any of the three.';
create index presence_in_time on :schema.presence (worker, project_id, bucket);
create index presence_informed on :schema.presence (worker, project_id, bucket) where informed;

create table :schema.call_windows (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  key text collate "C" not null,
  window_start timestamptz not null,
  rejected bigint not null,
  day text collate "C" not null,
  constraint call_windows_key unique (key, window_start, project_id)
);
comment on table :schema.call_windows is 'How many calls a limit has refused in one window.';
comment on column :schema.call_windows.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.call_windows.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.call_windows.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.call_windows.key is 'What was limited.';
comment on column :schema.call_windows.window_start is 'Which minute.';
comment on column :schema.call_windows.rejected is 'How many were refused: the greatest that was said.';
comment on column :schema.call_windows.day is 'Its UTC day.';
create index call_windows_day on :schema.call_windows (day, project_id);

create table :schema.notices (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  kind text collate "C" not null,
  subject text collate "C" not null,
  start_at timestamptz not null,
  state text collate "C" not null,
  wanted boolean not null,
  told text collate "C",
  recipients text collate "C",
  message text collate "C",
  created_at timestamptz,
  resolved_at timestamptz,
  constraint notices_key unique (kind, subject, start_at, state, project_id)
);
comment on table :schema.notices is 'What people should be told, and who was.';
comment on column :schema.notices.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.notices.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.notices.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.notices.kind is 'The alert''s kind.';
comment on column :schema.notices.subject is 'And subject.';
comment on column :schema.notices.start_at is 'Which of its episodes.';
comment on column :schema.notices.state is '''raised'' | ''resolved''.';
comment on column :schema.notices.wanted is 'Whether whoever was not told should be, now.';
comment on column :schema.notices.told is 'Who was told, as "<channel>:<outcome>", joined by spaces.';
comment on column :schema.notices.recipients is 'Whom it concerns: of a resolution those who were told that it was raised. Null: everybody.';
comment on column :schema.notices.message is 'What there is to say.';
comment on column :schema.notices.created_at is 'When the alert was raised.';
comment on column :schema.notices.resolved_at is 'When it is over.';
create index notices_subject on :schema.notices (kind, subject, project_id);
create index notices_wanted on :schema.notices (project_id) where wanted;

create table :schema.deliveries (
  project_id uuid not null,
  group_key text collate "C" not null,
  kind text collate "C" not null,
  subject text collate "C" not null,
  start_at timestamptz not null,
  state text collate "C" not null check (state in ('raised', 'resolved')),
  channel text collate "C" not null,
  step text not null check (step in ('sending', 'answered', 'told')),
  outcome text check (outcome in ('sent', 'capped', 'refused')),
  event_id uuid,
  at timestamptz not null default now(),
  primary key (project_id, kind, subject, start_at, state, channel),
  constraint deliveries_answered check (step = 'sending' or outcome is not null)
);
comment on table :schema.deliveries is 'How far the telling of each notice is, so that after a crash nobody is told twice. Kept by the deliverer, not derived; those that were told go after a week.';
comment on column :schema.deliveries.group_key is 'The notice''s group: "<kind>/<subject>" as a key.';
comment on column :schema.deliveries.step is 'sending: it may have been; answered: not published yet; told: published as an event.';
comment on column :schema.deliveries.event_id is 'That event.';
comment on column :schema.deliveries.at is 'Of the step before it was published.';
create index deliveries_at on :schema.deliveries (at);
