-- What stands between the facts of leads and the seed's tables, in contact-sync's own schema (":schema").

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

create table :schema.lead_rows (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  phone_norm text collate "C" not null,
  name text collate "C",
  city text collate "C",
  country text collate "C",
  job_group text collate "C",
  job_group_id uuid,
  created_by text collate "C",
  created_by_user_id uuid,
  rating numeric,
  website text collate "C",
  email text collate "C",
  gmap_types text collate "C",
  source_url text collate "C",
  social text check (social is null or social::json is not null),
  lat numeric,
  lon numeric,
  geo_country text collate "C",
  geo_region_code text collate "C",
  geo_city text collate "C",
  geo_city_id uuid,
  geo_district text collate "C",
  geo_district_id uuid,
  geo_confidence numeric,
  source text collate "C" check (source in ('osm', 'google', 'foursquare', 'mapbox', 'radar', 'internal')),
  created_at timestamptz,
  live boolean not null,
  first_job text collate "C",
  seen_days text collate "C",
  constraint lead_rows_key unique (phone, project_id),
  constraint lead_rows_whole check (not live or created_at is not null)
);
comment on table :schema.lead_rows is 'Leads without their category: the base of the view leads.';
comment on column :schema.lead_rows.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.lead_rows.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.lead_rows.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.lead_rows.phone is 'E.164: what names a lead.';
comment on column :schema.lead_rows.phone_norm is 'The same.';
comment on column :schema.lead_rows.name is 'Name.';
comment on column :schema.lead_rows.city is 'City, as written.';
comment on column :schema.lead_rows.country is 'Country, as written.';
comment on column :schema.lead_rows.job_group is 'The group of its first job that has one.';
comment on column :schema.lead_rows.job_group_id is 'Its row; not a foreign key, as either may come first.';
comment on column :schema.lead_rows.created_by is 'Who asked for its first job.';
comment on column :schema.lead_rows.created_by_user_id is 'Its row; not a foreign key, as either may come first.';
comment on column :schema.lead_rows.rating is '0 to 5.';
comment on column :schema.lead_rows.website is 'Website.';
comment on column :schema.lead_rows.email is 'Lower case.';
comment on column :schema.lead_rows.gmap_types is 'Comma-separated.';
comment on column :schema.lead_rows.source_url is 'Where it was found.';
comment on column :schema.lead_rows.social is 'JSON object.';
comment on column :schema.lead_rows.lat is 'Degrees.';
comment on column :schema.lead_rows.lon is 'Degrees.';
comment on column :schema.lead_rows.geo_country is 'Country of the place.';
comment on column :schema.lead_rows.geo_region_code is 'Region.';
comment on column :schema.lead_rows.geo_city is 'City of the place.';
comment on column :schema.lead_rows.geo_city_id is 'Its row; not a foreign key, as either may come first.';
comment on column :schema.lead_rows.geo_district is 'District.';
comment on column :schema.lead_rows.geo_district_id is 'Its row; not a foreign key, as either may come first.';
comment on column :schema.lead_rows.geo_confidence is '0 to 1.';
comment on column :schema.lead_rows.source is '''osm'' | ''google'' | ''foursquare'' | ''mapbox'' | ''radar'' | ''internal''.';
comment on column :schema.lead_rows.created_at is 'When it was first seen.';
comment on column :schema.lead_rows.live is 'Seen since it was last deleted.';
comment on column :schema.lead_rows.first_job is 'The job that saw it first.';
comment on column :schema.lead_rows.seen_days is '"<day>:<added>:<duplicates>", joined by commas: what it adds to the counters.';
create index lead_rows_created_at on :schema.lead_rows (created_at);
create index lead_rows_geo_city_id on :schema.lead_rows (geo_city_id);
create index lead_rows_geo_district_id on :schema.lead_rows (geo_district_id);
create index lead_rows_first_job on :schema.lead_rows (first_job);

create table :schema.lead_rejects (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  event text collate "C" not null,
  item bigint not null,
  code text collate "C" not null,
  raw text collate "C" not null,
  created_at timestamptz not null,
  constraint lead_rejects_key unique (event, item, project_id)
);
comment on table :schema.lead_rejects is 'Items of reports that are no leads.';
comment on column :schema.lead_rejects.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.lead_rejects.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.lead_rejects.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.lead_rejects.event is 'The event''s id.';
comment on column :schema.lead_rejects.item is 'Its place in the report, from 0.';
comment on column :schema.lead_rejects.code is 'Why it is no lead.';
comment on column :schema.lead_rejects.raw is 'What stood there, cut.';
comment on column :schema.lead_rejects.created_at is 'When it was reported.';
create index lead_rejects_event on :schema.lead_rejects (event, project_id);

create table :schema.staff_said (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  "user" text collate "C" not null,
  mobile text collate "C",
  mobile_since text collate "C",
  username text collate "C",
  username_since text collate "C",
  name text collate "C",
  role text collate "C" not null,
  password_hash text collate "C",
  active boolean not null,
  is_superadmin boolean not null,
  washeej_token text collate "C",
  washeej_sender text collate "C",
  whatsapp_message text collate "C",
  created_at timestamptz not null,
  deleted_at timestamptz,
  constraint staff_said_key unique ("user", project_id)
);
comment on table :schema.staff_said is 'What is said of staff.';
comment on column :schema.staff_said.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.staff_said.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.staff_said.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.staff_said."user" is 'The source''s own id.';
comment on column :schema.staff_said.mobile is 'E.164.';
comment on column :schema.staff_said.mobile_since is 'The stamp since which it is that.';
comment on column :schema.staff_said.username is 'Username.';
comment on column :schema.staff_said.username_since is 'The stamp since which it is that.';
comment on column :schema.staff_said.name is 'Name.';
comment on column :schema.staff_said.role is '''admin'' | ''agent''.';
comment on column :schema.staff_said.password_hash is 'Hashed.';
comment on column :schema.staff_said.active is 'Whether active.';
comment on column :schema.staff_said.is_superadmin is 'Whether a superadmin.';
comment on column :schema.staff_said.washeej_token is 'Sealed.';
comment on column :schema.staff_said.washeej_sender is 'Sender id.';
comment on column :schema.staff_said.whatsapp_message is 'Template.';
comment on column :schema.staff_said.created_at is 'First fact.';
comment on column :schema.staff_said.deleted_at is 'Deleted, for ever.';
create index staff_said_mobile on :schema.staff_said (mobile, project_id);
create index staff_said_username on :schema.staff_said (username, project_id);

create table :schema.staff_claims (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  column_name text collate "C" not null,
  value text collate "C" not null,
  owner text collate "C" not null,
  constraint staff_claims_key unique (column_name, value, project_id)
);
comment on table :schema.staff_claims is 'Who owns a mobile or a username.';
comment on column :schema.staff_claims.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.staff_claims.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.staff_claims.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.staff_claims.column_name is '''mobile'' | ''username''.';
comment on column :schema.staff_claims.value is 'What is claimed.';
comment on column :schema.staff_claims.owner is 'Who has it: the earliest claim.';

create table :schema.session_users (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  token_hash text collate "C" not null,
  "user" text collate "C" not null,
  constraint session_users_key unique (token_hash, project_id)
);
comment on table :schema.session_users is 'Whose a token is, while there is a fact of it.';
comment on column :schema.session_users.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.session_users.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.session_users.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.session_users.token_hash is 'SHA-256 of the cookie''s value.';
comment on column :schema.session_users."user" is 'Whose.';
create index session_users_user on :schema.session_users ("user", project_id);

create table :schema.call_windows (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  key text collate "C" not null,
  window_start timestamptz not null,
  rejected bigint not null,
  constraint call_windows_key unique (key, window_start, project_id)
);
comment on table :schema.call_windows is 'Calls that a limit refused.';
comment on column :schema.call_windows.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.call_windows.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.call_windows.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.call_windows.key is 'Whose limit.';
comment on column :schema.call_windows.window_start is 'The window.';
comment on column :schema.call_windows.rejected is 'The greatest number said.';

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
