-- The tables of df-middleware (the seed `crm`), with its own names and columns. Each has one writing service; its own
-- columns are followed by ours where the derivation needs them. Texts that are compared have the collation "C", as the
-- code compares them. Unique keys and indexes end in project_id: they serve one project and the seed's own queries.
-- Raw tables are partitioned by month of received_at (migrate makes the months); uniqueness of dedupe_key is kept by the
-- service's `seen`.
create schema if not exists crm;

create table crm.webhook_events (
  id uuid not null,
  received_at timestamptz not null,
  source text collate "C" not null,
  event_type text collate "C" not null,
  entity_type text collate "C",
  entity_id text collate "C",
  payload_json jsonb not null,
  dedupe_key text collate "C" not null,
  status text collate "C" not null check (status in ('pending', 'processing', 'done', 'error')),
  error_message text,
  processed_at timestamptz,
  account text collate "C" not null,
  project_id uuid,
  account_scope_id uuid,
  primary key (id, received_at)
) partition by range (received_at);
comment on table crm.webhook_events is 'Incoming webhook events of GHL and Aloware. Written by contact-sync.';
comment on column crm.webhook_events.id is 'UUIDv8 of the dedupe_key''s hash.';
comment on column crm.webhook_events.received_at is 'When the gateway received it.';
comment on column crm.webhook_events.source is '''ghl'' | ''aloware''.';
comment on column crm.webhook_events.event_type is 'The provider''s own event type.';
comment on column crm.webhook_events.entity_type is '''contact'' | ''message'' | …, as the provider''s profile names it.';
comment on column crm.webhook_events.entity_id is 'The entity''s id in the source system.';
comment on column crm.webhook_events.payload_json is 'The payload: redacted and repaired so that jsonb accepts it; the topic keeps the bytes.';
comment on column crm.webhook_events.dedupe_key is 'provider:account:event_type:entity_id:version. One key is one event: the delivery received first.';
comment on column crm.webhook_events.status is '''done'': recorded. ''error'': the event''s own fault. ''pending'': kept, not derived (unbound, quarantined or stuck).';
comment on column crm.webhook_events.error_message is 'Reason code and detail when status is error or pending.';
comment on column crm.webhook_events.processed_at is 'When it was recorded; wall clock, not compared.';
comment on column crm.webhook_events.account is '"<provider>:<account>": whose data it is, as the provider names it.';
comment on column crm.webhook_events.project_id is 'The tenant; from the binding of the account that said it; null while it is unbound.';
comment on column crm.webhook_events.account_scope_id is 'The account scope that the project belongs to.';
create index webhook_events_dedupe_key on crm.webhook_events (dedupe_key);
create index webhook_events_status on crm.webhook_events (status);
create index webhook_events_source_status on crm.webhook_events (source, status);
create index webhook_events_received_at on crm.webhook_events (received_at);
create index webhook_events_entity on crm.webhook_events (entity_type, entity_id);

create table crm.texting_webhook_events (
  id uuid not null,
  received_at timestamptz not null,
  event_type text collate "C" not null,
  entity_type text collate "C" default 'message',
  entity_id text collate "C",
  conversation_id text collate "C",
  from_number text collate "C",
  to_number text collate "C",
  payload_json jsonb not null,
  dedupe_key text collate "C" not null,
  status text collate "C" not null check (status in ('pending', 'processing', 'done', 'error')),
  error_message text,
  processed_at timestamptz,
  account text collate "C" not null,
  project_id uuid,
  account_scope_id uuid,
  primary key (id, received_at)
) partition by range (received_at);
comment on table crm.texting_webhook_events is 'Incoming webhook events of the texting systems (texting, twilio). Written by message-mapping.';
comment on column crm.texting_webhook_events.id is 'UUIDv8 of the dedupe_key''s hash.';
comment on column crm.texting_webhook_events.received_at is 'When the gateway received it.';
comment on column crm.texting_webhook_events.event_type is 'The provider''s own event type.';
comment on column crm.texting_webhook_events.entity_type is 'Entity type.';
comment on column crm.texting_webhook_events.entity_id is 'The entity''s id.';
comment on column crm.texting_webhook_events.conversation_id is 'Conversation that the message belongs to.';
comment on column crm.texting_webhook_events.from_number is 'Sender, as the event writes it.';
comment on column crm.texting_webhook_events.to_number is 'Recipient, as the event writes it.';
comment on column crm.texting_webhook_events.payload_json is 'The payload: redacted and repaired so that jsonb accepts it; the topic keeps the bytes.';
comment on column crm.texting_webhook_events.dedupe_key is 'provider:account:event_type:entity_id:version. One key is one event: the delivery received first.';
comment on column crm.texting_webhook_events.status is '''done'': recorded. ''error'': the event''s own fault. ''pending'': kept, not derived (unbound, quarantined or stuck).';
comment on column crm.texting_webhook_events.error_message is 'Reason code and detail when status is error or pending.';
comment on column crm.texting_webhook_events.processed_at is 'When it was recorded; wall clock, not compared.';
comment on column crm.texting_webhook_events.account is '"<provider>:<account>": whose data it is, as the provider names it.';
comment on column crm.texting_webhook_events.project_id is 'The tenant; from the binding of the account that said it; null while it is unbound.';
comment on column crm.texting_webhook_events.account_scope_id is 'The account scope that the project belongs to.';
create index texting_webhook_events_dedupe_key on crm.texting_webhook_events (dedupe_key);
create index texting_webhook_events_status on crm.texting_webhook_events (status);
create index texting_webhook_events_received_at on crm.texting_webhook_events (received_at);
create index texting_webhook_events_entity_id on crm.texting_webhook_events (entity_id);
create index texting_webhook_events_conversation_id on crm.texting_webhook_events (conversation_id);
create index texting_webhook_events_from_number on crm.texting_webhook_events (from_number);

create table crm.broadcast_webhook_events (
  id uuid not null,
  received_at timestamptz not null,
  broadcast_id text collate "C",
  event_type text collate "C" not null,
  payload_json jsonb not null,
  dedupe_key text collate "C" not null,
  status text collate "C" not null check (status in ('pending', 'processing', 'done', 'error')),
  error_message text,
  processed_at timestamptz,
  account text collate "C" not null,
  project_id uuid,
  account_scope_id uuid,
  primary key (id, received_at)
) partition by range (received_at);
comment on table crm.broadcast_webhook_events is 'Incoming broadcast analytics of Verity. Written by message-mapping.';
comment on column crm.broadcast_webhook_events.id is 'UUIDv8 of the dedupe_key''s hash.';
comment on column crm.broadcast_webhook_events.received_at is 'When the gateway received it.';
comment on column crm.broadcast_webhook_events.broadcast_id is 'The broadcast; null only where status is error.';
comment on column crm.broadcast_webhook_events.event_type is '''analytics_updated'' | ''broadcast_completed''.';
comment on column crm.broadcast_webhook_events.payload_json is 'The payload: redacted and repaired so that jsonb accepts it; the topic keeps the bytes.';
comment on column crm.broadcast_webhook_events.dedupe_key is 'provider:account:event_type:entity_id:version. One key is one event: the delivery received first.';
comment on column crm.broadcast_webhook_events.status is '''done'': recorded. ''error'': the event''s own fault. ''pending'': kept, not derived (unbound, quarantined or stuck).';
comment on column crm.broadcast_webhook_events.error_message is 'Reason code and detail when status is error or pending.';
comment on column crm.broadcast_webhook_events.processed_at is 'When it was recorded; wall clock, not compared.';
comment on column crm.broadcast_webhook_events.account is '"<provider>:<account>": whose data it is, as the provider names it.';
comment on column crm.broadcast_webhook_events.project_id is 'The tenant; from the binding of the account that said it; null while it is unbound.';
comment on column crm.broadcast_webhook_events.account_scope_id is 'The account scope that the project belongs to.';
create index broadcast_webhook_events_dedupe_key on crm.broadcast_webhook_events (dedupe_key);
create index broadcast_webhook_events_status on crm.broadcast_webhook_events (status);
create index broadcast_webhook_events_broadcast_id on crm.broadcast_webhook_events (broadcast_id);
create index broadcast_webhook_events_received_at on crm.broadcast_webhook_events (received_at);

create table crm.sync_log (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  direction text collate "C" not null,
  entity_type text collate "C" not null,
  entity_id text collate "C" not null,
  source_id text collate "C" not null,
  target_id text collate "C",
  status text collate "C" not null check (status in ('success', 'error', 'pending', 'skipped')),
  started_at timestamptz not null,
  finished_at timestamptz,
  error_message text collate "C",
  correlation_id text collate "C",
  system text collate "C" not null,
  event_id uuid not null,
  step text collate "C" not null,
  stamp text collate "C" not null,
  succeeded_or_open boolean not null
);
comment on table crm.sync_log is 'What another system should learn: one row per version of a contact. Written by contact-sync.';
comment on column crm.sync_log.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.sync_log.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.sync_log.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.sync_log.direction is '''ghl_to_aloware'' | ''aloware_to_ghl''.';
comment on column crm.sync_log.entity_type is '''contact'' | ''call'' | ''list''.';
comment on column crm.sync_log.entity_id is 'Entity.';
comment on column crm.sync_log.source_id is 'Its id in the source system.';
comment on column crm.sync_log.target_id is 'Its id in the target system, from the result.';
comment on column crm.sync_log.status is '''pending'' until a result says ''success'' or ''error''; ''skipped'' by policy or because a newer version came.';
comment on column crm.sync_log.started_at is 'Event time.';
comment on column crm.sync_log.finished_at is 'From the result.';
comment on column crm.sync_log.error_message is 'Why it failed or was skipped.';
comment on column crm.sync_log.correlation_id is 'Id of the webhook event (its raw row).';
comment on column crm.sync_log.system is 'Ours: the system that said it.';
comment on column crm.sync_log.event_id is 'Ours: the event.';
comment on column crm.sync_log.step is 'Ours: ''upsert'' | ''delete''.';
comment on column crm.sync_log.stamp is 'Ours: the fact''s stamp in hex: the total order.';
comment on column crm.sync_log.succeeded_or_open is 'Ours: false once it failed.';
create index sync_log_entity on crm.sync_log (entity_type, entity_id, project_id);
create index sync_log_started_at on crm.sync_log (started_at);
create index sync_log_correlation on crm.sync_log (correlation_id);
create index sync_log_direction on crm.sync_log (direction, entity_type, project_id, stamp desc);

create table crm.sync_state (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  direction text collate "C" not null,
  entity_type text collate "C" not null,
  cursor_updated_at timestamptz not null,
  cursor_id text collate "C",
  last_run_at timestamptz not null,
  last_success_at timestamptz,
  constraint sync_state_direction_entity_unique unique (direction, entity_type, project_id)
);
comment on table crm.sync_state is 'Cursor per direction: the greatest version folded. Written by contact-sync.';
comment on column crm.sync_state.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.sync_state.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.sync_state.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.sync_state.direction is '''ghl_to_aloware'' | ''aloware_to_ghl''.';
comment on column crm.sync_state.entity_type is '''contact'' | ''call'' | ''list''.';
comment on column crm.sync_state.cursor_updated_at is 'Event time of the greatest version.';
comment on column crm.sync_state.cursor_id is 'Its contact.';
comment on column crm.sync_state.last_run_at is 'Event time of the last version.';
comment on column crm.sync_state.last_success_at is 'Event time of the last version that did not fail.';

create table crm.contact_mappings (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  aloware_contact_id text collate "C",
  ghl_contact_id text collate "C" not null,
  phone_number text collate "C",
  email text collate "C",
  last_synced_at timestamptz not null,
  sync_direction text collate "C" not null check (sync_direction in ('aloware_to_ghl', 'ghl_to_aloware', 'bidirectional')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint contact_mappings_aloware_contact_id_unique unique (aloware_contact_id, project_id) deferrable initially deferred,
  constraint contact_mappings_ghl_contact_id_unique unique (ghl_contact_id, project_id)
);
comment on table crm.contact_mappings is 'Which GHL contact is which Aloware contact. One row per live GHL contact. Written by contact-sync.';
comment on column crm.contact_mappings.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.contact_mappings.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.contact_mappings.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.contact_mappings.aloware_contact_id is 'The Aloware contact paired by phone, else by e-mail; null when there is none.';
comment on column crm.contact_mappings.ghl_contact_id is 'GHL contact.';
comment on column crm.contact_mappings.phone_number is 'E.164, GHL''s if it has one, else Aloware''s.';
comment on column crm.contact_mappings.email is 'GHL''s, else Aloware''s.';
comment on column crm.contact_mappings.last_synced_at is 'Event time of the last fact of the two.';
comment on column crm.contact_mappings.sync_direction is '''bidirectional'' when paired, else ''ghl_to_aloware''.';
comment on column crm.contact_mappings.created_at is 'Event time of the first fact of the row''s own entity.';
comment on column crm.contact_mappings.updated_at is 'Event time of its last.';
create index contact_mappings_phone on crm.contact_mappings (phone_number, project_id);
create index contact_mappings_email on crm.contact_mappings (email, project_id);

create table crm.message_mappings (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  texting_message_id text collate "C",
  ghl_message_id text collate "C",
  aloware_message_id text collate "C",
  conversation_id text collate "C",
  ghl_contact_id text collate "C",
  aloware_contact_id text collate "C",
  from_number text collate "C",
  to_number text collate "C",
  direction text collate "C" check (direction in ('inbound', 'outbound')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  node text collate "C" not null,
  contact_raw text collate "C",
  contact_phone text collate "C",
  conflict text,
  constraint message_mappings_texting_message_id_unique unique (texting_message_id, project_id) deferrable initially deferred,
  constraint message_mappings_ghl_message_id_unique unique (ghl_message_id, project_id) deferrable initially deferred,
  constraint message_mappings_aloware_message_id_unique unique (aloware_message_id, project_id) deferrable initially deferred,
  constraint message_mappings_node unique (node, project_id)
);
comment on table crm.message_mappings is 'One row per message across the systems. Written by message-mapping.';
comment on column crm.message_mappings.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.message_mappings.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.message_mappings.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.message_mappings.texting_message_id is 'Its id in the texting system.';
comment on column crm.message_mappings.ghl_message_id is 'Its id in GHL.';
comment on column crm.message_mappings.aloware_message_id is 'Its id in Aloware.';
comment on column crm.message_mappings.conversation_id is 'Conversation.';
comment on column crm.message_mappings.ghl_contact_id is 'GHL contact: named by the message, else the first live holder of the contact''s phone.';
comment on column crm.message_mappings.aloware_contact_id is 'Aloware contact, likewise.';
comment on column crm.message_mappings.from_number is 'Sender, as said.';
comment on column crm.message_mappings.to_number is 'Recipient, as said.';
comment on column crm.message_mappings.direction is '''inbound'' | ''outbound''.';
comment on column crm.message_mappings.created_at is 'Event time of the first fact of the row''s own entity.';
comment on column crm.message_mappings.updated_at is 'Event time of its last.';
comment on column crm.message_mappings.node is 'Ours: the least id of the row ("texting/m1"), its natural key.';
comment on column crm.message_mappings.contact_raw is 'Ours: the phone on the contact''s side, as said.';
comment on column crm.message_mappings.contact_phone is 'Ours: the same in E.164.';
comment on column crm.message_mappings.conflict is 'Ours: why it was not joined with what links to it.';
create index message_mappings_conversation_id on crm.message_mappings (conversation_id, project_id);
create index message_mappings_ghl_contact_id on crm.message_mappings (ghl_contact_id, project_id);
create index message_mappings_aloware_contact_id on crm.message_mappings (aloware_contact_id, project_id);
create index message_mappings_from_number on crm.message_mappings (from_number, project_id);
create index message_mappings_to_number on crm.message_mappings (to_number, project_id);
create index message_mappings_contact_raw on crm.message_mappings (contact_raw, project_id);
create index message_mappings_contact_phone on crm.message_mappings (contact_phone, project_id);

create table crm.optout_registry (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  phone_number text collate "C" not null,
  status text collate "C" not null check (status in ('opted_out', 'opted_in')),
  source text collate "C" not null,
  reason text collate "C",
  last_event_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint optout_registry_phone_number_unique unique (phone_number, project_id)
);
comment on table crm.optout_registry is 'The authoritative do-not-text list. Written by message-mapping.';
comment on column crm.optout_registry.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.optout_registry.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.optout_registry.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.optout_registry.phone_number is 'E.164.';
comment on column crm.optout_registry.status is '''opted_out'' | ''opted_in''.';
comment on column crm.optout_registry.source is '''texting'' | ''ghl'' | ''aloware'' | ''manual'': who said what holds.';
comment on column crm.optout_registry.reason is '''STOP'' | ''HELP'' | ''other''.';
comment on column crm.optout_registry.last_event_at is 'Event time of the word that holds.';
comment on column crm.optout_registry.created_at is 'Event time of the first fact of the row''s own entity.';
comment on column crm.optout_registry.updated_at is 'Event time of its last.';
create index optout_registry_status on crm.optout_registry (status);

create table crm.agent_directory (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  agent_key text collate "C" not null,
  display_name text not null,
  ghl_owner_id text collate "C",
  ghl_owner_email text collate "C",
  ghl_assigned_agent_field_value text collate "C",
  required_tag text collate "C",
  aloware_user_id text collate "C",
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint agent_directory_agent_key_unique unique (agent_key, project_id)
);
comment on table crm.agent_directory is 'Agents and how GHL names them. Written by contact-sync.';
comment on column crm.agent_directory.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.agent_directory.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.agent_directory.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.agent_directory.agent_key is '''CHRIS'' | ''RAFI'' | ''UNASSIGNED'' | …';
comment on column crm.agent_directory.display_name is 'Display name.';
comment on column crm.agent_directory.ghl_owner_id is 'GHL owner id.';
comment on column crm.agent_directory.ghl_owner_email is 'GHL owner e-mail.';
comment on column crm.agent_directory.ghl_assigned_agent_field_value is 'Value of the custom field assigned agent.';
comment on column crm.agent_directory.required_tag is 'Tag that assigns a contact.';
comment on column crm.agent_directory.aloware_user_id is 'Aloware user.';
comment on column crm.agent_directory.is_active is 'Whether the agent gets contacts.';
comment on column crm.agent_directory.created_at is 'Event time of the first fact of the row''s own entity.';
comment on column crm.agent_directory.updated_at is 'Event time of its last.';
create index agent_directory_is_active on crm.agent_directory (is_active, project_id);

create table crm.call_list_registry (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  agent_key text collate "C" not null,
  list_key text collate "C" not null,
  aloware_list_id text collate "C",
  aloware_list_name text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint call_list_registry_agent_list_unique unique (agent_key, list_key, project_id),
  constraint call_list_registry_aloware_list_name_unique unique (aloware_list_name, project_id) deferrable initially deferred
);
comment on table crm.call_list_registry is 'Aloware''s lists by agent and list. Written by contact-sync.';
comment on column crm.call_list_registry.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.call_list_registry.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.call_list_registry.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.call_list_registry.agent_key is 'Agent.';
comment on column crm.call_list_registry.list_key is '''CALL_NOW'' | ''NEW_LEADS'' | ''FOLLOW_UP'' | ''HOT''.';
comment on column crm.call_list_registry.aloware_list_id is 'Aloware list.';
comment on column crm.call_list_registry.aloware_list_name is 'Its name; null while an earlier claim of another list has it.';
comment on column crm.call_list_registry.created_at is 'Event time of the first fact of the row''s own entity.';
comment on column crm.call_list_registry.updated_at is 'Event time of its last.';
create index call_list_registry_list_key on crm.call_list_registry (list_key);

create table crm.contact_list_memberships (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  contact_id text collate "C" not null,
  agent_key text collate "C" not null,
  list_key text collate "C" not null,
  status text collate "C" not null check (status in ('active', 'removed')),
  reason text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint contact_list_memberships_contact_agent_list_unique unique (contact_id, agent_key, list_key, project_id)
);
comment on table crm.contact_list_memberships is 'Which contacts are, or were, on which lists. Written by contact-sync.';
comment on column crm.contact_list_memberships.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.contact_list_memberships.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.contact_list_memberships.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.contact_list_memberships.contact_id is 'GHL contact.';
comment on column crm.contact_list_memberships.agent_key is 'Agent.';
comment on column crm.contact_list_memberships.list_key is 'List.';
comment on column crm.contact_list_memberships.status is '''active'' | ''removed''.';
comment on column crm.contact_list_memberships.reason is '''added'' | ''deleted'' | ''opted_out'' | ''stage_closed'' | ''reassigned'' | ''tag_removed''.';
comment on column crm.contact_list_memberships.created_at is 'Event time when the contact was first said to be on it.';
comment on column crm.contact_list_memberships.updated_at is 'Event time when that last began or ended.';
create index contact_list_memberships_agent_list on crm.contact_list_memberships (agent_key, list_key);
create index contact_list_memberships_status on crm.contact_list_memberships (status);

create table crm.contact_agent_state (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  contact_id text collate "C" not null,
  agent_key text collate "C" not null,
  last_aloware_list_status text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint contact_agent_state_contact_id_unique unique (contact_id, project_id)
);
comment on table crm.contact_agent_state is 'Who a contact belongs to. Written by contact-sync.';
comment on column crm.contact_agent_state.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.contact_agent_state.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.contact_agent_state.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.contact_agent_state.contact_id is 'GHL contact.';
comment on column crm.contact_agent_state.agent_key is 'Agent, or the project''s default.';
comment on column crm.contact_agent_state.last_aloware_list_status is 'The custom field of that name.';
comment on column crm.contact_agent_state.created_at is 'Event time of the contact''s first fact.';
comment on column crm.contact_agent_state.updated_at is 'Event time when agent or status last changed.';
create index contact_agent_state_agent_key on crm.contact_agent_state (agent_key);

create table crm.quarantine_events (
  id uuid primary key,
  project_id uuid not null,
  account_scope_id uuid not null,
  event_id text collate "C" not null,
  event_source text collate "C" not null,
  reason text collate "C" not null,
  quarantined_at timestamptz not null,
  quarantined_by text collate "C",
  constraint quarantine_events_event_unique unique (event_source, event_id, project_id)
);
comment on table crm.quarantine_events is 'Events that are excluded from processing. Written by contact-sync.';
comment on column crm.quarantine_events.id is 'UUIDv5 of table, project and natural key: the same after every rebuild.';
comment on column crm.quarantine_events.project_id is 'The tenant; from the binding of the account that said it.';
comment on column crm.quarantine_events.account_scope_id is 'The account scope that the project belongs to.';
comment on column crm.quarantine_events.event_id is 'The event''s dedupe_key.';
comment on column crm.quarantine_events.event_source is '''webhook'' | ''texting''.';
comment on column crm.quarantine_events.reason is 'Reason.';
comment on column crm.quarantine_events.quarantined_at is 'Event time of the order.';
comment on column crm.quarantine_events.quarantined_by is 'Who ordered it.';
create index quarantine_events_event_id on crm.quarantine_events (event_id);
