-- Admission of lead workers: written by the gateways, not derived, not rebuilt, not compared. Their own clock removes old rows.
create table :schema.hmac_replay (
  account text collate "C" not null,
  worker_id text collate "C" not null,
  ts bigint not null,
  body_sha text collate "C" not null,
  method text collate "C" not null,
  path text collate "C" not null,
  nonce text collate "C" not null,
  state text collate "C" not null check (state in ('reserved', 'accepted')),
  answer text,
  at timestamptz not null default now(),
  primary key (worker_id, ts, nonce, body_sha, method, path, account)
);
comment on table :schema.hmac_replay is 'Calls that were let in: reserved before they are published, accepted when Kafka has them. Kept for 7 days.';
comment on column :schema.hmac_replay.account is 'The source that the worker called.';
comment on column :schema.hmac_replay.worker_id is 'Whose key signed it.';
comment on column :schema.hmac_replay.ts is 'The time that the worker signed, in seconds since 1970.';
comment on column :schema.hmac_replay.body_sha is 'SHA-256 of the body, hex.';
comment on column :schema.hmac_replay.method is 'GET or POST.';
comment on column :schema.hmac_replay.path is 'The path behind the source, without query.';
comment on column :schema.hmac_replay.nonce is 'What the worker made up for this call; empty under the older signature.';
comment on column :schema.hmac_replay.state is 'reserved: nobody knows whether it was published. accepted: it was.';
comment on column :schema.hmac_replay.answer is 'What is answered, also to a repeat.';
comment on column :schema.hmac_replay.at is 'When it came first.';
create index hmac_replay_ts on :schema.hmac_replay (ts);

create table :schema.rate_limit (
  ip text collate "C" not null,
  key text collate "C" not null,
  window_start timestamptz not null,
  count bigint not null,
  primary key (key, window_start, ip)
);
comment on table :schema.rate_limit is 'Calls of a worker in a minute, those over its limit included. Kept for 2 days.';
comment on column :schema.rate_limit.ip is 'A dash: a worker is counted wherever it calls from.';
comment on column :schema.rate_limit.key is 'SHA-1 of the worker''s id, hex.';
comment on column :schema.rate_limit.window_start is 'The minute.';
comment on column :schema.rate_limit.count is 'How many.';
create index rate_limit_window_start on :schema.rate_limit (window_start);

create table :schema.job_grants (
  request text collate "C" primary key,
  project_id uuid not null,
  account text collate "C" not null,
  job text collate "C" not null,
  attempt_id text collate "C" not null,
  worker text collate "C" not null,
  granted_at timestamptz not null,
  lease_s bigint not null,
  lease_until timestamptz not null,
  state text collate "C" not null check (state in ('reserved', 'published')),
  closed_at timestamptz,
  is_done boolean not null default false,
  query text collate "C",
  agent text collate "C"
);
comment on table :schema.job_grants is 'Jobs that were handed out, by the call that asked: reserved before job.claimed is published. Kept for 7 days.';
comment on column :schema.job_grants.request is 'SHA-256 of what names the call in hmac_replay, hex.';
comment on column :schema.job_grants.project_id is 'The project whose job it is.';
comment on column :schema.job_grants.account is 'The source that the worker called.';
comment on column :schema.job_grants.job is 'Which job.';
comment on column :schema.job_grants.attempt_id is 'The attempt''s name, 16 hex digits.';
comment on column :schema.job_grants.worker is 'Who has it.';
comment on column :schema.job_grants.granted_at is 'Since when.';
comment on column :schema.job_grants.lease_s is 'For how long it was granted.';
comment on column :schema.job_grants.lease_until is 'Until when it is nobody else''s; reports extend it.';
comment on column :schema.job_grants.state is 'reserved: nobody knows whether job.claimed was published. published: it was.';
comment on column :schema.job_grants.closed_at is 'When its worker said that it is done or failed.';
comment on column :schema.job_grants.is_done is 'Whether it said done.';
comment on column :schema.job_grants.query is 'The job''s query, for the order fair_query.';
comment on column :schema.job_grants.agent is 'The job''s agent, for the order rr_agent.';
create index job_grants_job on :schema.job_grants (project_id, job, granted_at desc);
create index job_grants_worker on :schema.job_grants (project_id, worker, granted_at desc);
create index job_grants_granted_at on :schema.job_grants (project_id, granted_at desc);
create index job_grants_query on :schema.job_grants (project_id, query, closed_at) where is_done;
