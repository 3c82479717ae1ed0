#include "contact-sync/crm/tables.hpp"

#include "crm/tables.hpp"

namespace millrace::contact_sync {

using fold::column_type;
using fold::table;

namespace email_pairs {
const fold::table& table() {
  static const fold::table t{
      .name = "email_pairs",
      .columns = {{.name = "email"},
                  {.name = "position", .type = column_type::integer},
                  {.name = "ghl_contact_id"},
                  {.name = "aloware_contact_id"}},
      .key = {email, position},
      .paths = {{.name = "key", .columns = {email, position}},
                {.name = "email", .columns = {email}},
                {.name = "ghl_contact_id", .columns = {ghl_contact_id}},
                {.name = "aloware_contact_id", .columns = {aloware_contact_id}}},
  };
  return t;
}
} // namespace email_pairs

namespace contact_mappings {
const fold::table& table() {
  static const fold::table t{
      .name = "contact_mappings",
      .of_seed = true,
      .columns = {{.name = "aloware_contact_id"},
                  {.name = "ghl_contact_id"},
                  {.name = "phone_number"},
                  {.name = "email"},
                  {.name = "last_synced_at", .type = column_type::timestamp},
                  {.name = "sync_direction"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {ghl_contact_id},
      .paths = {{.name = "ghl_contact_id", .columns = {ghl_contact_id}}},
  };
  return t;
}
} // namespace contact_mappings

const fold::table& optouts_table() {
  static const fold::table t = crm::optouts::described("optouts", false);
  return t;
}

namespace agent_directory {
const fold::table& table() {
  static const fold::table t{
      .name = "agent_directory",
      .of_seed = true,
      .columns = {{.name = "agent_key"},
                  {.name = "display_name"},
                  {.name = "ghl_owner_id"},
                  {.name = "ghl_owner_email"},
                  {.name = "ghl_assigned_agent_field_value"},
                  {.name = "required_tag"},
                  {.name = "aloware_user_id"},
                  {.name = "is_active", .type = column_type::boolean},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {agent_key},
      .paths = {{.name = "agent_key", .columns = {agent_key}}, {.name = "is_active", .columns = {is_active}}},
  };
  return t;
}
} // namespace agent_directory

namespace custom_fields {
const fold::table& table() {
  static const fold::table t{
      .name = "custom_fields",
      .columns = {{.name = "field_id"}, {.name = "name"}},
      .key = {field_id},
      .paths = {{.name = "field_id", .columns = {field_id}}, {.name = "name", .columns = {name}}},
  };
  return t;
}
} // namespace custom_fields

namespace list_names {
const fold::table& table() {
  static const fold::table t{
      .name = "list_names",
      .columns = {{.name = "agent_key"},
                  {.name = "list_key"},
                  {.name = "aloware_list_id"},
                  {.name = "aloware_list_name"},
                  {.name = "since"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {agent_key, list_key},
      .paths = {{.name = "key", .columns = {agent_key, list_key}},
                {.name = "aloware_list_name", .columns = {aloware_list_name}}},
  };
  return t;
}
} // namespace list_names

namespace list_claims {
const fold::table& table() {
  static const fold::table t{
      .name = "list_claims",
      .columns = {{.name = "aloware_list_name"}, {.name = "agent_key"}, {.name = "list_key"}},
      .key = {aloware_list_name},
      .paths = {{.name = "aloware_list_name", .columns = {aloware_list_name}}},
  };
  return t;
}
} // namespace list_claims

namespace call_list_registry {
const fold::table& table() {
  static const fold::table t{
      .name = "call_list_registry",
      .of_seed = true,
      .columns = {{.name = "agent_key"},
                  {.name = "list_key"},
                  {.name = "aloware_list_id"},
                  {.name = "aloware_list_name"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {agent_key, list_key},
      .paths = {{.name = "key", .columns = {agent_key, list_key}}},
  };
  return t;
}
} // namespace call_list_registry

namespace contact_agent_state {
const fold::table& table() {
  static const fold::table t{
      .name = "contact_agent_state",
      .of_seed = true,
      .columns = {{.name = "contact_id"},
                  {.name = "agent_key"},
                  {.name = "last_aloware_list_status"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {contact_id},
      .paths = {{.name = "contact_id", .columns = {contact_id}}},
  };
  return t;
}
} // namespace contact_agent_state

namespace contact_list_memberships {
const fold::table& table() {
  static const fold::table t{
      .name = "contact_list_memberships",
      .of_seed = true,
      .columns = {{.name = "contact_id"},
                  {.name = "agent_key"},
                  {.name = "list_key"},
                  {.name = "status"},
                  {.name = "reason"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {contact_id, agent_key, list_key},
      .paths = {{.name = "key", .columns = {contact_id, agent_key, list_key}},
                {.name = "contact_id", .columns = {contact_id}}},
  };
  return t;
}
} // namespace contact_list_memberships

namespace sync_log {
const fold::table& table() {
  static const fold::table t{
      .name = "sync_log",
      .of_seed = true,
      .columns = {{.name = "direction"},
                  {.name = "entity_type"},
                  {.name = "entity_id"},
                  {.name = "source_id"},
                  {.name = "target_id"},
                  {.name = "status"},
                  {.name = "started_at", .type = column_type::timestamp},
                  {.name = "finished_at", .type = column_type::timestamp},
                  {.name = "error_message"},
                  {.name = "correlation_id"},
                  {.name = "system"},
                  {.name = "event_id", .type = column_type::uuid},
                  {.name = "step"},
                  {.name = "stamp"},
                  {.name = "succeeded_or_open", .type = column_type::boolean}},
      .key = {system, source_id, event_id, step},
      .paths = {{.name = "key", .columns = {system, source_id, event_id, step}},
                {.name = "entity", .columns = {entity_type, entity_id, system}},
                {.name = "latest", .columns = {direction, entity_type}, .most = 1, .greatest_first = stamp},
                {.name = "latest_without_error",
                 .columns = {direction, entity_type},
                 .only_where = succeeded_or_open,
                 .most = 1,
                 .greatest_first = stamp}},
  };
  return t;
}
} // namespace sync_log

namespace sync_state {
const fold::table& table() {
  static const fold::table t{
      .name = "sync_state",
      .of_seed = true,
      .columns = {{.name = "direction"},
                  {.name = "entity_type"},
                  {.name = "cursor_updated_at", .type = column_type::timestamp},
                  {.name = "cursor_id"},
                  {.name = "last_run_at", .type = column_type::timestamp},
                  {.name = "last_success_at", .type = column_type::timestamp}},
      .key = {direction, entity_type},
      .paths = {{.name = "key", .columns = {direction, entity_type}}},
  };
  return t;
}
} // namespace sync_state

namespace quarantine_events {
const fold::table& table() {
  static const fold::table t{
      .name = "quarantine_events",
      .of_seed = true,
      .columns = {{.name = "event_id"},
                  {.name = "event_source"},
                  {.name = "reason"},
                  {.name = "quarantined_at", .type = column_type::timestamp},
                  {.name = "quarantined_by"}},
      .key = {event_source, event_id},
      .paths = {{.name = "key", .columns = {event_source, event_id}}},
  };
  return t;
}
} // namespace quarantine_events

} // namespace millrace::contact_sync
