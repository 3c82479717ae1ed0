-- One index for both: a lead by its key, and the walk over a project's leads in order.
alter table :schema.lead_texts drop constraint lead_texts_key;
alter table :schema.lead_texts add constraint lead_texts_key unique (project_id, phone);
drop index :schema.lead_texts_walked;
