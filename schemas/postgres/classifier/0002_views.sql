-- The seed's table leads: what contact-sync and classifier each know of a lead, side by side. Read-only, as a table has one writer; no service
-- reads it. The seed's columns in its order, then ours.

create view leads.leads as
  select l.id, l.project_id, l.account_scope_id, l.phone, l.phone_norm, l.name, l.city, l.country, c.category_id, l.job_group_id, l.created_by_user_id, l.rating,
         l.website, l.email, l.gmap_types, l.source_url, l.social, l.lat, l.lon, l.geo_country, l.geo_region_code, l.geo_city_id, l.geo_district_id,
         l.geo_confidence, l.source, l.created_at, c.category, c.origin as category_origin, c.points as category_points, c.matched as category_matched,
         l.job_group, l.created_by, l.geo_city, l.geo_district, l.first_job
  from contact_sync.lead_rows l
  left join classifier.lead_categories c on c.project_id = l.project_id and c.phone = l.phone
  where l.live;
comment on view leads.leads is 'Leads with their categories. Of contact-sync and classifier.';
comment on column leads.leads.category_id is 'The row of its category, which may still come.';
comment on column leads.leads.category is 'Ours: the source''s own id of it.';
comment on column leads.leads.category_origin is 'Ours: ''admin'' | ''asserted'' | ''classified''.';
comment on column leads.leads.category_points is 'Ours: of one that is classified.';
comment on column leads.leads.category_matched is 'Ours: JSON list, the patterns that made it so.';
