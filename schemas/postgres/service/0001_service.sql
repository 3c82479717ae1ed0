-- What every consumer service keeps for itself, in its own schema. ":schema" stands for the service's schema.
-- Everything here is written by that service alone.

create table :schema.versions (
  name text collate "C" primary key,
  version text not null,
  set_at timestamptz not null default now()
);
comment on table :schema.versions is 'facts_version and the derive_version of each function: a process on another version does not record.';

create table :schema.applied (
  cluster_id text collate "C" not null,
  topic text collate "C" not null,
  partition integer not null,
  first_offset bigint not null,
  next_offset bigint not null,
  applied bigint not null default 0,
  ignored bigint not null default 0,
  duplicate bigint not null default 0,
  error bigint not null default 0,
  stuck bigint not null default 0,
  fingerprint text,
  primary key (cluster_id, topic, partition),
  constraint balance check (next_offset - first_offset = applied + ignored + duplicate + error + stuck)
);
comment on table :schema.applied is 'Offsets are rows: moved in the batch''s own transaction by compare-and-set. The constraint keeps the balance, always.';
comment on column :schema.applied.fingerprint is 'Hash of the record before next_offset: tells a topic that was made anew.';

create table :schema.seen (
  id uuid not null,
  received_at timestamptz not null,
  sha256 bytea not null,
  outcome text not null,
  facts_version text not null,
  primary key (id)
) partition by hash (id);
comment on table :schema.seen is 'One row per dedupe_key ever seen: the delivery received first. Outlives the raw rows.';
do $$
begin
  for i in 0..15 loop
    execute format('create table :schema.seen_%s partition of :schema.seen for values with (modulus 16, remainder %s)', i, i);
  end loop;
end $$;

create table :schema.facts (
  project_id uuid,
  account_scope_id uuid,
  kind text collate "C" not null,
  key text collate "C" not null,
  stamp bytea not null,
  event_id uuid not null,
  account text collate "C" not null,
  received_at timestamptz not null,
  fields text not null
);
comment on table :schema.facts is 'What events mean, kept. project_id is null while the account is unbound or quarantined.';
comment on column :schema.facts.fields is 'JSON object: said fields; null is emptied, an absent field is unsaid.';
create index facts_group on :schema.facts (project_id, kind, key, stamp);
create index facts_event on :schema.facts (event_id);
create index facts_received on :schema.facts using brin (received_at);
create index facts_waiting on :schema.facts (account) where project_id is null;

create table :schema.marks (
  project_id uuid not null,
  function text collate "C" not null,
  key text collate "C" not null,
  at timestamptz not null default now(),
  due timestamptz not null default now()
);
comment on table :schema.marks is 'Groups to derive again; append-only, deleted by the deriver. Tables are final when none is left.';
create index marks_due on :schema.marks (project_id, due);
alter table :schema.marks set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
                               autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000000);

create table :schema.stuck_groups (
  project_id uuid not null,
  function text collate "C" not null,
  key text collate "C" not null,
  why text not null,
  since timestamptz not null default now(),
  primary key (project_id, function, key)
);
comment on table :schema.stuck_groups is 'Groups whose derivation met a bug of ours: set aside, the others go on.';

create table :schema.projects (
  project_id uuid primary key,
  account_scope_id uuid not null,
  name text collate "C" not null unique
);
comment on table :schema.projects is 'Projects by name "<account scope>/<project>"; both ids follow from the name.';

create table :schema.bindings (
  account text collate "C" not null,
  received_from timestamptz not null,
  received_to timestamptz not null,
  project_id uuid,
  account_scope_id uuid,
  held boolean not null default false,
  primary key (account, received_from)
);
comment on table :schema.bindings is 'Which project an account''s events belong to, by received time; computed from all bindings, unbindings and quarantines.';

create table :schema.held_events (
  event_id uuid primary key,
  account text collate "C" not null
);
comment on table :schema.held_events is 'Quarantined events: their facts are kept and not derived.';
create index held_events_account on :schema.held_events (account);

create table :schema.erasures (
  account text collate "C" not null,
  entity text collate "C" not null,
  primary key (account, entity)
);
comment on table :schema.erasures is 'Entities that were erased, for ever: record drops their facts on replay.';

create table :schema.outbox (
  id bigserial primary key,
  topic text not null,
  key text not null,
  value bytea not null,
  headers text not null,
  at timestamptz not null default now()
);
comment on table :schema.outbox is 'Copies for the dead-letter topic, written with their rows, published and deleted by a loop of their own.';

create table :schema.findings (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  function text collate "C" not null,
  group_key text collate "C" not null,
  kind text collate "C" not null,
  subject text collate "C" not null,
  detail text not null
);
comment on table :schema.findings is 'What derivations find wrong in the data while it holds: shared identities, conflicts, refused bindings.';
create index findings_group on :schema.findings (project_id, function, group_key);

create table :schema.raw_events (
  id uuid not null,
  received_at timestamptz not null,
  provider text collate "C" not null,
  event_type text collate "C" not null,
  entity_type text collate "C",
  entity_id text collate "C",
  payload_json jsonb not null,
  dedupe_key text collate "C" not null,
  status text not null check (status in ('pending', 'processing', 'done', 'error')),
  error_message text,
  processed_at timestamptz,
  account text collate "C" not null,
  project_id uuid,
  account_scope_id uuid,
  primary key (id, received_at)
) partition by range (received_at);
comment on table :schema.raw_events is 'Raw rows of topics without a table of a seed: administration and providers whose facts nobody takes yet.';
create index raw_events_status on :schema.raw_events (status);
create index raw_events_received on :schema.raw_events (received_at);

-- Refuses rows whose project is unknown to the writing service or belongs to another account scope. Statement-level: one
-- check a batch. Raw rows of unbound accounts have neither id.
create function :schema.enforce_project_scope_match() returns trigger language plpgsql as $$
declare
  wrong record;
begin
  select r.project_id, r.account_scope_id into wrong
    from (select distinct project_id, account_scope_id from written) r
    left join :schema.projects p using (project_id)
   where (r.project_id is null) <> (r.account_scope_id is null)
      or (r.project_id is not null and p.account_scope_id is distinct from r.account_scope_id)
   limit 1;
  if found then
    raise exception 'project % does not belong to account scope % (table %)', wrong.project_id, wrong.account_scope_id, tg_table_name
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
