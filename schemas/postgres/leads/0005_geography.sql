-- Cities and districts have other names too, and may be deleted.

alter table leads.geo_cities
  add column synonyms text collate "C" check (synonyms is null or synonyms::json is not null),
  add column deleted_at timestamptz;
comment on column leads.geo_cities.synonyms is 'Under which other names it is written, as a JSON array.';
comment on column leads.geo_cities.deleted_at is 'Since when no lead is looked for in it; final. The row stays, so that what names it can be read.';

alter table leads.geo_districts
  add column synonyms text collate "C" check (synonyms is null or synonyms::json is not null),
  add column deleted_at timestamptz;
comment on column leads.geo_districts.synonyms is 'Under which other names it is written, as a JSON array.';
comment on column leads.geo_districts.deleted_at is 'Since when no lead is looked for in it; final. The row stays, so that what names it can be read.';
