-- Of a lead whose place nobody knows nobody asks by it.
drop index :schema.lead_rows_geo_city_id;
drop index :schema.lead_rows_geo_district_id;
create index lead_rows_geo_city_id on :schema.lead_rows (geo_city_id) where geo_city_id is not null;
create index lead_rows_geo_district_id on :schema.lead_rows (geo_district_id) where geo_district_id is not null;
