-- Where leads are: the cities and districts that admins say, as tables that the seed names without columns.

create table leads.geo_cities (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  city text collate "C" not null,
  name_ar text collate "C",
  name_en text collate "C",
  lat numeric check (lat between -90 and 90),
  lon numeric check (lon between -180 and 180),
  region_code text collate "C",
  updated_at timestamptz not null,
  constraint geo_cities_key unique (city, project_id)
);
comment on table leads.geo_cities is 'Cities, in which leads are looked for. Written by contact-sync.';
comment on column leads.geo_cities.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.geo_cities.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.geo_cities.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.geo_cities.city is 'The source''s own id.';
comment on column leads.geo_cities.name_ar is 'Its name in Arabic, as written.';
comment on column leads.geo_cities.name_en is 'Its name in English, as written.';
comment on column leads.geo_cities.lat is 'Degrees.';
comment on column leads.geo_cities.lon is 'Degrees.';
comment on column leads.geo_cities.region_code is 'Its region.';
comment on column leads.geo_cities.updated_at is 'Last fact.';
create index geo_cities_all on leads.geo_cities (project_id, city);

create table leads.geo_districts (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  district text collate "C" not null,
  city text collate "C",
  city_id uuid,
  name_ar text collate "C",
  name_en text collate "C",
  lat numeric check (lat between -90 and 90),
  lon numeric check (lon between -180 and 180),
  updated_at timestamptz not null,
  constraint geo_districts_key unique (district, project_id)
);
comment on table leads.geo_districts is 'Districts of cities. Written by contact-sync.';
comment on column leads.geo_districts.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column leads.geo_districts.project_id is 'The tenant; from the binding of the account that said it.';
comment on column leads.geo_districts.account_scope_id is 'The account scope that the project belongs to.';
comment on column leads.geo_districts.district is 'The source''s own id.';
comment on column leads.geo_districts.city is 'Its city.';
comment on column leads.geo_districts.city_id is 'Its row; not a foreign key, as either may come first.';
comment on column leads.geo_districts.name_ar is 'Its name in Arabic, as written.';
comment on column leads.geo_districts.name_en is 'Its name in English, as written.';
comment on column leads.geo_districts.lat is 'Degrees.';
comment on column leads.geo_districts.lon is 'Degrees.';
comment on column leads.geo_districts.updated_at is 'Last fact.';
create index geo_districts_all on leads.geo_districts (project_id, district);
