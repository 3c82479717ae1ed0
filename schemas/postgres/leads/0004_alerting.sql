-- The seed's tables of leads that alerting writes (docs/domains/leads.md §4): the seed's columns, then ours.

create table leads.internal_workers (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  worker text collate "C" not null,
  last_seen timestamptz,
  info text collate "C",
  host text collate "C",
  version text collate "C",
  status text collate "C" check (status in ('idle', 'pulling', 'processing', 'reporting')),
  active_job text collate "C",
  active_job_id uuid,
  secret text collate "C",
  rotating_to text collate "C",
  rotated_at timestamptz,
  rate_limit_per_min bigint,
  secret_key_id text collate "C",
  rotating_key_id text collate "C",
  offline_since timestamptz,
  constraint internal_workers_key unique (worker, project_id)
);
comment on table leads.internal_workers is 'Lead workers. Written by alerting.';
comment on column leads.internal_workers.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.internal_workers.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.internal_workers.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.internal_workers.worker is 'The source''s own id.';
comment on column leads.internal_workers.last_seen is 'Its last word.';
comment on column leads.internal_workers.info is 'Metadata as last said.';
comment on column leads.internal_workers.host is 'Hostname.';
comment on column leads.internal_workers.version is 'Its version.';
comment on column leads.internal_workers.status is '''idle'' | ''pulling'' | ''processing'' | ''reporting''.';
comment on column leads.internal_workers.active_job is 'The job that it has in hands.';
comment on column leads.internal_workers.active_job_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.internal_workers.secret is 'Its key, sealed to the gateway.';
comment on column leads.internal_workers.rotating_to is 'The key that follows, sealed.';
comment on column leads.internal_workers.rotated_at is 'When a key last followed.';
comment on column leads.internal_workers.rate_limit_per_min is 'Its own limit.';
comment on column leads.internal_workers.secret_key_id is 'The key''s name.';
comment on column leads.internal_workers.rotating_key_id is 'That of the key that follows.';
comment on column leads.internal_workers.offline_since is 'Since when it is silent for too long.';
create index internal_workers_last_seen on leads.internal_workers (last_seen);

create table leads.alert_events (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  kind text collate "C" not null,
  message text collate "C" not null,
  payload text check (payload is null or payload::json is not null),
  created_at timestamptz not null,
  subject text collate "C" not null,
  start_at timestamptz not null,
  resolved_at timestamptz,
  origin text collate "C" not null,
  constraint alert_events_key unique (kind, subject, start_at, project_id)
);
comment on table leads.alert_events is 'Alerts, a row an episode. Written by alerting.';
comment on column leads.alert_events.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.alert_events.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.alert_events.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.alert_events.kind is '''worker_offline'' | ''dlq_not_empty'' | ''job_stuck'' | ''rate_limit_spike'' | ''login_bruteforce'' | what an act named.';
comment on column leads.alert_events.message is 'For people.';
comment on column leads.alert_events.payload is 'JSON.';
comment on column leads.alert_events.created_at is 'When it was one: its start and what had to pass.';
comment on column leads.alert_events.subject is 'Whom or what it is about.';
comment on column leads.alert_events.start_at is 'When it began.';
comment on column leads.alert_events.resolved_at is 'When it was over; null: it is not.';
comment on column leads.alert_events.origin is 'The function and group that say it.';
create index alert_events_origin on leads.alert_events (origin, project_id);
create index alert_events_episodes on leads.alert_events (kind, subject, project_id, start_at);
create index alert_events_kind_created_at on leads.alert_events (kind, created_at);

create table leads.audit_logs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  "user" text collate "C",
  user_id uuid,
  action text collate "C" not null,
  target text collate "C",
  payload text check (payload is null or payload::json is not null),
  created_at timestamptz not null,
  event text collate "C" not null,
  constraint audit_logs_key unique (event, project_id)
);
comment on table leads.audit_logs is 'Who did what. Written by alerting.';
comment on column leads.audit_logs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.audit_logs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.audit_logs.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.audit_logs."user" is 'Who: a user, or the key of the operator.';
comment on column leads.audit_logs.user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.audit_logs.action is 'What was done: the event''s type.';
comment on column leads.audit_logs.target is 'To what.';
comment on column leads.audit_logs.payload is 'What was said, without secrets.';
comment on column leads.audit_logs.created_at is 'When.';
comment on column leads.audit_logs.event is 'The event''s id.';
create index audit_logs_created_at on leads.audit_logs (created_at);

create table leads.auth_attempts (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  ip text collate "C" not null,
  key text collate "C" not null,
  created_at timestamptz not null,
  event text collate "C" not null,
  constraint auth_attempts_key unique (event, project_id)
);
comment on table leads.auth_attempts is 'Logins that failed, for thirty days. Written by alerting.';
comment on column leads.auth_attempts.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.auth_attempts.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.auth_attempts.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.auth_attempts.ip is 'From where.';
comment on column leads.auth_attempts.key is 'Whose: mobile or username as it was typed.';
comment on column leads.auth_attempts.created_at is 'When.';
comment on column leads.auth_attempts.event is 'The event''s id.';
create index auth_attempts_key_time on leads.auth_attempts (key, created_at);

create table leads.settings (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  key text collate "C" not null,
  value text collate "C",
  updated_at timestamptz not null,
  constraint settings_key unique (key, project_id)
);
comment on table leads.settings is 'Settings. Written by alerting.';
comment on column leads.settings.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.settings.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.settings.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.settings.key is 'Its name.';
comment on column leads.settings.value is 'As last said; null: emptied. A list as JSON.';
comment on column leads.settings.updated_at is 'When it was last said.';
