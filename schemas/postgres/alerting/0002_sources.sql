-- Alerts beyond leads (docs/domains/leads.md §3): when accounts were heard.
create table :schema.heard_days (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  account text collate "C" not null,
  day timestamptz not null,
  hours text not null check (hours::json is not null),
  constraint heard_days_key unique (account, day, project_id)
);
comment on table :schema.heard_days is 'When accounts were heard, by UTC days.';
comment on column :schema.heard_days.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.heard_days.project_id is 'That of the line itself.';
comment on column :schema.heard_days.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.heard_days.account is '"<provider>:<account>".';
comment on column :schema.heard_days.day is 'Its beginning.';
comment on column :schema.heard_days.hours is 'Of each hour in which it was heard its first word, and its first with facts or null: [[at, at], …].';
create index heard_days_in_time on :schema.heard_days (account, project_id, day);
