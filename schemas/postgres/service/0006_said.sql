-- What a service says of itself and of whom it hears, as events that alerting reads (docs/domains/leads.md §3): a memory of
-- what was said, so that it is said once. Not derived.
create table :schema.heard (
  account text collate "C" not null,
  hour timestamptz not null,
  first_at timestamptz not null,
  meant_at timestamptz,
  primary key (account, hour)
);
comment on table :schema.heard is 'In which hours an account was heard, on the topics whose raw rows are this service''s: said to alerting. Those of 40 days.';
comment on column :schema.heard.first_at is 'When its first delivery of that hour was received.';
comment on column :schema.heard.meant_at is 'The first that has facts.';

create table :schema.troubles_said (
  project text collate "C" not null,
  kind text collate "C" not null,
  what text collate "C" not null,
  count bigint not null,
  said_at timestamptz not null,
  primary key (project, kind, what)
);
comment on table :schema.troubles_said is 'What is stuck or found wrong, as this service last said it to alerting; of what is over the count is 0.';

create index seen_stuck on :schema.seen (id) where outcome = 'stuck';
