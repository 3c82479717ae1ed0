-- Time arrives as ticks. Each project has its own clock, which follows the service's under the project's lock, so that all
-- groups of a pass are derived at one time.
create table :schema.now (
  one boolean primary key default true check (one),
  at timestamptz not null
);
comment on table :schema.now is 'The greatest tick that was recorded; no row before the first. Never goes back.';

create table :schema.project_clock (
  project_id uuid primary key,
  at timestamptz not null
);
comment on table :schema.project_clock is 'As of when a project is derived: deadlines up to it were marked.';

create table :schema.deadlines (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  function text collate "C" not null,
  group_key text collate "C" not null,
  due timestamptz not null
);
comment on table :schema.deadlines is 'Groups that will say otherwise without a new fact, and when.';
create index deadlines_group on :schema.deadlines (group_key, function, project_id);
create index deadlines_due on :schema.deadlines (project_id, due);
