-- What leads' places are looked up in, in contact-sync's own schema (":schema").

create table :schema.geo_indexes (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  indexed text collate "C" not null,
  hash text collate "C" not null,
  constraint geo_indexes_key unique (indexed, project_id)
);
comment on table :schema.geo_indexes is 'One row while there is any city or district: what the places of all leads are looked up in.';
comment on column :schema.geo_indexes.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.geo_indexes.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.geo_indexes.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.geo_indexes.indexed is 'Always "all".';
comment on column :schema.geo_indexes.hash is 'Of all cities and districts: when it changes, every lead is looked up again.';
