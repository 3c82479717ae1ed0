-- What stands between the facts of crm and the seed's tables in message-mapping's own schema (":schema"): who has which
-- phone. The tables are those of contact-sync, each service fills its own from the same facts.
-- "if not exists": databases of an earlier version have them from a file that was of all services.
drop table if exists :schema.email_pairs, :schema.optouts, :schema.custom_fields, :schema.list_names, :schema.list_claims;

create table if not exists :schema.phones (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  raw_phone text collate "C" not null,
  phone text collate "C",
  constraint phones_key unique (raw_phone, project_id)
);
comment on table :schema.phones is 'Raw phones that somebody carries, and their E.164 by the project''s country.';
comment on column :schema.phones.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.phones.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.phones.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.phones.raw_phone is 'As written.';
comment on column :schema.phones.phone is 'E.164; null for what is no possible number.';
create index if not exists phones_phone on :schema.phones (phone, project_id);

create table if not exists :schema.system_contacts (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  system text collate "C" not null,
  contact_id text collate "C" not null,
  raw_phone text collate "C",
  phone text collate "C",
  email text collate "C",
  name text,
  owner_id text collate "C",
  owner_email text collate "C",
  tags text,
  live boolean not null,
  stub boolean not null,
  deleted boolean not null,
  first_seen timestamptz not null,
  created_at timestamptz,
  updated_at timestamptz,
  constraint system_contacts_key unique (contact_id, system, project_id)
);
comment on table :schema.system_contacts is 'What one system says of one of its contacts: each field as last said.';
comment on column :schema.system_contacts.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.system_contacts.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.system_contacts.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.system_contacts.system is '''ghl'' | ''aloware''.';
comment on column :schema.system_contacts.contact_id is 'Its id there.';
comment on column :schema.system_contacts.raw_phone is 'Phone as written.';
comment on column :schema.system_contacts.phone is 'The same in E.164.';
comment on column :schema.system_contacts.email is 'Trimmed, lower case.';
comment on column :schema.system_contacts.name is 'Name.';
comment on column :schema.system_contacts.owner_id is 'Owner''s user id.';
comment on column :schema.system_contacts.owner_email is 'Owner''s e-mail.';
comment on column :schema.system_contacts.tags is 'Tags as a JSON array.';
comment on column :schema.system_contacts.live is 'Known by facts of its own, and not deleted.';
comment on column :schema.system_contacts.stub is 'Named by others only.';
comment on column :schema.system_contacts.deleted is 'Deleted, and not heard of since.';
comment on column :schema.system_contacts.first_seen is 'Event time of the first fact that names it: the order in which contacts are paired.';
comment on column :schema.system_contacts.created_at is 'Event time of its own first fact.';
comment on column :schema.system_contacts.updated_at is 'Event time of its own last fact.';
create index if not exists system_contacts_raw_phone on :schema.system_contacts (raw_phone, project_id);
create index if not exists system_contacts_live_phone on :schema.system_contacts (phone, project_id, id) where live;
create index if not exists system_contacts_live_email on :schema.system_contacts (email, project_id, id) where live;

create table if not exists :schema.phone_pairs (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone text collate "C" not null,
  position bigint not null,
  ghl_contact_id text collate "C",
  aloware_contact_id text collate "C",
  constraint phone_pairs_key unique (phone, position, project_id)
);
comment on table :schema.phone_pairs is 'Live holders of a phone, the two systems side by side. At most 64 contacts, else none.';
comment on column :schema.phone_pairs.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column :schema.phone_pairs.project_id is 'The tenant; from the binding of the account that said it.';
comment on column :schema.phone_pairs.account_scope_id is 'The account scope that the project belongs to.';
comment on column :schema.phone_pairs.phone is 'The shared value.';
comment on column :schema.phone_pairs.position is 'Place in the order of (first_seen, contact_id).';
comment on column :schema.phone_pairs.ghl_contact_id is 'GHL''s contact at this place.';
comment on column :schema.phone_pairs.aloware_contact_id is 'Aloware''s contact at this place.';
create index if not exists phone_pairs_ghl on :schema.phone_pairs (ghl_contact_id, project_id);
create index if not exists phone_pairs_aloware on :schema.phone_pairs (aloware_contact_id, project_id);
