-- What stands between the facts of leads and the seed's tables, in classifier's own schema (":schema"), and each lead's category.

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

create table :schema.job_categories (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  job text collate "C" not null,
  category text collate "C" not null,
  constraint job_categories_key unique (job, project_id)
);
comment on table :schema.job_categories is 'The categories that jobs want their leads to have.';
comment on column :schema.job_categories.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.job_categories.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.job_categories.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.job_categories.job is 'The job.';
comment on column :schema.job_categories.category is 'The category.';

create table :schema.category_said (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C" not null,
  parent text collate "C",
  parent_since text collate "C",
  name text collate "C",
  slug text collate "C",
  slug_since text collate "C",
  is_active boolean not null,
  icon_type text collate "C",
  icon_value text collate "C",
  created_by text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint category_said_key unique (category, project_id)
);
comment on table :schema.category_said is 'What is said of categories.';
comment on column :schema.category_said.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.category_said.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.category_said.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.category_said.category is 'The source''s own id.';
comment on column :schema.category_said.parent is 'On what it is said to hang.';
comment on column :schema.category_said.parent_since is 'Stamp, in hex, since which that is so.';
comment on column :schema.category_said.name is 'Name.';
comment on column :schema.category_said.slug is 'The slug that it claims.';
comment on column :schema.category_said.slug_since is 'Stamp, in hex, since which it does.';
comment on column :schema.category_said.is_active is 'Whether its patterns count.';
comment on column :schema.category_said.icon_type is 'As said.';
comment on column :schema.category_said.icon_value is 'As said.';
comment on column :schema.category_said.created_by is 'As said.';
comment on column :schema.category_said.created_at is 'First fact.';
comment on column :schema.category_said.updated_at is 'Last fact.';
comment on column :schema.category_said.deleted_at is 'Deleted, for ever.';
create index category_said_slug on :schema.category_said (slug, project_id);
create index category_said_all on :schema.category_said (project_id, category);

create table :schema.category_claims (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  slug text collate "C" not null,
  owner text collate "C" not null,
  constraint category_claims_key unique (slug, project_id)
);
comment on table :schema.category_claims is 'Who owns a slug that several claim.';
comment on column :schema.category_claims.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.category_claims.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.category_claims.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.category_claims.slug is 'The slug.';
comment on column :schema.category_claims.owner is 'Whose claim is the earliest.';

create table :schema.category_tree (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  tree text collate "C" not null,
  category text collate "C" not null,
  parent text collate "C",
  depth bigint not null,
  path text collate "C" not null,
  constraint category_tree_key unique (category, project_id)
);
comment on table :schema.category_tree is 'Where each category stands.';
comment on column :schema.category_tree.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.category_tree.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.category_tree.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.category_tree.tree is 'Always "all": by it the whole is found.';
comment on column :schema.category_tree.category is 'The category.';
comment on column :schema.category_tree.parent is 'On what it hangs.';
comment on column :schema.category_tree.depth is '0 at the top.';
comment on column :schema.category_tree.path is 'From the top, joined by "/".';
create index category_tree_tree on :schema.category_tree (tree, project_id);

create table :schema.patterns (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  category text collate "C" not null,
  kind text collate "C" not null check (kind in ('keyword', 'contains', 'exact', 'regex')),
  target text collate "C" not null,
  digest text collate "C" not null,
  text text collate "C" not null,
  weight bigint not null,
  constraint patterns_key unique (category, kind, target, digest, project_id)
);
comment on table :schema.patterns is 'All that leads are matched with: each distinct pattern of a category once. None of what is deleted, disabled, inactive or wrong.';
comment on column :schema.patterns.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.patterns.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.patterns.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.patterns.category is 'The category.';
comment on column :schema.patterns.kind is '''keyword'' (in name and types) | ''contains'' | ''exact'' | ''regex''.';
comment on column :schema.patterns.target is 'What a rule looks into; "" of keywords.';
comment on column :schema.patterns.digest is 'Of the text, which may be too long for an index.';
comment on column :schema.patterns.text is 'Folded words, or a regex of RE2.';
comment on column :schema.patterns.weight is 'The weights of its rules, summed, in thousandths.';
create index patterns_category on :schema.patterns (category, project_id);
create index patterns_all on :schema.patterns (project_id, category, kind, target, digest);

create table :schema.rulesets (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  rules text collate "C" not null,
  hash text collate "C" not null,
  all_hash text collate "C" not null,
  settings text collate "C" not null,
  constraint rulesets_key unique (rules, project_id)
);
comment on table :schema.rulesets is 'One row while there is any pattern: what all verdicts are made by.';
comment on column :schema.rulesets.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.rulesets.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.rulesets.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.rulesets.rules is 'Always "all".';
comment on column :schema.rulesets.hash is 'Of all patterns and settings.';
comment on column :schema.rulesets.all_hash is 'Of the settings, and the patterns that cannot be looked up in texts: when it changes, every lead is judged again.';
comment on column :schema.rulesets.settings is 'Whether it is on; then threshold, keyword weights and factors in thousandths.';

create table :schema.lead_texts (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  name text collate "C",
  types text collate "C",
  website text collate "C",
  email text collate "C",
  source_url text collate "C",
  city text collate "C",
  country text collate "C",
  phone_text text collate "C" not null,
  all_texts text collate "C" not null,
  created_at timestamptz not null,
  constraint lead_texts_key unique (phone, project_id)
);
comment on table :schema.lead_texts is 'What living leads are called.';
comment on column :schema.lead_texts.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.lead_texts.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.lead_texts.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.lead_texts.phone is 'The lead.';
comment on column :schema.lead_texts.name is 'As written.';
comment on column :schema.lead_texts.types is 'As written.';
comment on column :schema.lead_texts.website is 'As written.';
comment on column :schema.lead_texts.email is 'As written.';
comment on column :schema.lead_texts.source_url is 'As written.';
comment on column :schema.lead_texts.city is 'As written.';
comment on column :schema.lead_texts.country is 'As written.';
comment on column :schema.lead_texts.phone_text is 'The phone, as a text.';
comment on column :schema.lead_texts.all_texts is 'All of them folded, a line each.';
comment on column :schema.lead_texts.created_at is 'The first sighting.';
-- Extensions may lie in any schema; where there is none yet, it comes into ours.
create extension if not exists pg_trgm with schema millrace;
do $$ begin
  execute format('create index lead_texts_all_texts on %s using gin (all_texts %I.gin_trgm_ops)', ':schema.lead_texts'::regclass,
                 (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'));
end $$;

create table :schema.lead_categories (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  category text collate "C",
  category_id uuid,
  origin text collate "C" check (origin in ('admin', 'asserted', 'classified')),
  points numeric,
  matched text check (matched is null or matched::json is not null),
  created_at timestamptz not null,
  constraint lead_categories_key unique (phone, project_id),
  constraint lead_categories_whole check ((category is null) = (origin is null))
);
comment on table :schema.lead_categories is 'Each living lead''s category, and why: the other half of the view leads. Apart from the texts, so that a changed rule rewrites short rows and never their index.';
comment on column :schema.lead_categories.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.lead_categories.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.lead_categories.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.lead_categories.phone is 'The lead.';
comment on column :schema.lead_categories.category is 'Its category.';
comment on column :schema.lead_categories.category_id is 'Its row; not a foreign key, as either may come first.';
comment on column :schema.lead_categories.origin is '''admin'' (a person put it there) | ''asserted'' (an item, a report or a job named it) | ''classified'' (by keywords and rules).';
comment on column :schema.lead_categories.points is 'Of one that is classified.';
comment on column :schema.lead_categories.matched is 'JSON list: the ten strongest patterns that made it so.';
comment on column :schema.lead_categories.created_at is 'The first sighting.';
create index lead_categories_category_created_at on :schema.lead_categories (category, created_at desc, phone);
