-- The seed's tables of leads that classifier writes (docs/domains/leads.md §4): the seed's columns, with the source's own ids as they are
-- said; a column <x>_id holds the row's uuid. No foreign keys between groups: a child may come first.

create table leads.categories (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C" not null,
  parent text collate "C",
  parent_id uuid,
  name text collate "C",
  slug text collate "C",
  depth bigint not null,
  path text collate "C" not null,
  is_active boolean not null,
  icon_type text collate "C" check (icon_type in ('emoji', 'fa', 'material')),
  icon_value text collate "C",
  created_by text collate "C",
  created_by_user_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  conflicts text collate "C",
  constraint categories_key unique (category, project_id),
  constraint categories_slug_unique unique (slug, project_id) deferrable initially deferred
);
comment on table leads.categories is 'The tree of categories. Written by classifier.';
comment on column leads.categories.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.categories.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.categories.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.categories.category is 'The source''s own id.';
comment on column leads.categories.parent is 'On what it hangs: as said, unless that is gone, or it would be its own ancestor.';
comment on column leads.categories.parent_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.categories.name is 'Name.';
comment on column leads.categories.slug is 'Slug; null while an earlier claim of another has it.';
comment on column leads.categories.depth is '0 at the top.';
comment on column leads.categories.path is 'Slugs, or ids where there is none, from the top, joined by "/".';
comment on column leads.categories.is_active is 'Whether its patterns count.';
comment on column leads.categories.icon_type is '''emoji'' | ''fa'' | ''material''.';
comment on column leads.categories.icon_value is 'The icon.';
comment on column leads.categories.created_by is 'Who made it: a user.';
comment on column leads.categories.created_by_user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.categories.created_at is 'First fact.';
comment on column leads.categories.updated_at is 'Last fact.';
comment on column leads.categories.deleted_at is 'Ours: deleted, for ever.';
comment on column leads.categories.conflicts is 'Ours: which of its unique values another has.';
create index categories_parent on leads.categories (parent, project_id);

create table leads.category_keywords (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C",
  category_id uuid,
  keyword text collate "C",
  lang text collate "C" check (lang in ('ar', 'en', 'fr')),
  created_at timestamptz not null,
  source_id text collate "C" not null,
  pattern_state text collate "C" not null check (pattern_state in ('ok', 'empty', 'bad_regex', 'too_long')),
  deleted_at timestamptz,
  constraint category_keywords_key unique (source_id, project_id)
);
comment on table leads.category_keywords is 'Words by which leads find their category. Written by classifier.';
comment on column leads.category_keywords.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.category_keywords.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.category_keywords.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.category_keywords.category is 'The category.';
comment on column leads.category_keywords.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.category_keywords.keyword is 'The words, as written.';
comment on column leads.category_keywords.lang is '''ar'' | ''en'' | ''fr''; unused in matching.';
comment on column leads.category_keywords.created_at is 'First fact.';
comment on column leads.category_keywords.source_id is 'Ours: the source''s own id.';
comment on column leads.category_keywords.pattern_state is 'Ours: ''ok'' | ''empty'' | ''bad_regex'' | ''too_long''; only what is ok ever matches.';
comment on column leads.category_keywords.deleted_at is 'Ours: deleted, for ever.';
create index category_keywords_category on leads.category_keywords (category, project_id);

create table leads.category_rules (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C",
  category_id uuid,
  target text collate "C" check (target in ('name', 'types', 'website', 'email', 'source_url', 'city', 'country', 'phone')),
  pattern text collate "C",
  match_mode text collate "C" not null check (match_mode in ('contains', 'exact', 'regex')),
  weight numeric(8,3) not null check (abs(weight) <= 1000),
  note text collate "C",
  enabled boolean not null,
  created_at timestamptz not null,
  source_id text collate "C" not null,
  pattern_state text collate "C" not null check (pattern_state in ('ok', 'empty', 'bad_regex', 'too_long')),
  deleted_at timestamptz,
  constraint category_rules_key unique (source_id, project_id)
);
comment on table leads.category_rules is 'Rules by which leads find their category. Written by classifier.';
comment on column leads.category_rules.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.category_rules.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.category_rules.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.category_rules.category is 'The category.';
comment on column leads.category_rules.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.category_rules.target is 'What it looks into; never matches while null.';
comment on column leads.category_rules.pattern is 'As written; of one that is too long, its beginning.';
comment on column leads.category_rules.match_mode is '''contains'' | ''exact'' | ''regex''.';
comment on column leads.category_rules.weight is 'How much a match counts.';
comment on column leads.category_rules.note is 'Note.';
comment on column leads.category_rules.enabled is 'Whether it counts.';
comment on column leads.category_rules.created_at is 'First fact.';
comment on column leads.category_rules.source_id is 'Ours: the source''s own id.';
comment on column leads.category_rules.pattern_state is 'Ours: ''ok'' | ''empty'' | ''bad_regex'' | ''too_long''; only what is ok ever matches.';
comment on column leads.category_rules.deleted_at is 'Ours: deleted, for ever.';
create index category_rules_category_target on leads.category_rules (category, project_id, target);

create table leads.category_query_templates (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C",
  category_id uuid,
  template text collate "C",
  lang text collate "C" check (lang in ('ar', 'en', 'fr')),
  created_at timestamptz not null,
  source_id text collate "C" not null,
  deleted_at timestamptz,
  constraint category_query_templates_key unique (source_id, project_id)
);
comment on table leads.category_query_templates is 'Phrases with which workers search for a category. Written by classifier.';
comment on column leads.category_query_templates.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.category_query_templates.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.category_query_templates.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.category_query_templates.category is 'The category.';
comment on column leads.category_query_templates.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.category_query_templates.template is 'May hold {keyword}, {name} and {city}.';
comment on column leads.category_query_templates.lang is '''ar'' | ''en'' | ''fr''; unused in matching.';
comment on column leads.category_query_templates.created_at is 'First fact.';
comment on column leads.category_query_templates.source_id is 'Ours: the source''s own id.';
comment on column leads.category_query_templates.deleted_at is 'Ours: deleted, for ever.';
create index category_query_templates_category on leads.category_query_templates (category, project_id);

create table leads.category_activity_log (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  action text collate "C" not null,
  category text collate "C",
  category_id uuid,
  "user" text collate "C",
  user_id uuid,
  details text not null check (details::json is not null),
  created_at timestamptz not null,
  event text collate "C" not null,
  constraint category_activity_log_key unique (event, project_id)
);
comment on table leads.category_activity_log is 'What was done to categories and what hangs on them. Written by classifier.';
comment on column leads.category_activity_log.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.category_activity_log.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.category_activity_log.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.category_activity_log.action is '"category.set", "rule.deleted" …';
comment on column leads.category_activity_log.category is 'The category.';
comment on column leads.category_activity_log.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.category_activity_log."user" is 'Who did it, as said.';
comment on column leads.category_activity_log.user_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.category_activity_log.details is 'JSON object: what was said.';
comment on column leads.category_activity_log.created_at is 'When.';
comment on column leads.category_activity_log.event is 'Ours: the event''s id.';
create index category_activity_log_category_created_at on leads.category_activity_log (category, created_at);
