// The tables that contact-sync alone writes: the seed's, and what stands between facts and them. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::contact_sync {

// Complete pairs of contacts that share an e-mail and are left single by their phones.
namespace email_pairs {
enum column : std::size_t { email, position, ghl_contact_id, aloware_contact_id };
enum path : std::size_t { by_key, by_email, by_ghl, by_aloware };
const fold::table& table();
} // namespace email_pairs

namespace contact_mappings {
enum column : std::size_t {
  aloware_contact_id, ghl_contact_id, phone_number, email, last_synced_at, sync_direction, created_at, updated_at
};
enum path : std::size_t { by_ghl };
const fold::table& table();
} // namespace contact_mappings

// contact-sync's copy of the opt-outs; columns of crm::optouts.
const fold::table& optouts_table();

namespace agent_directory {
enum column : std::size_t {
  agent_key, display_name, ghl_owner_id, ghl_owner_email, ghl_assigned_agent_field_value, required_tag,
  aloware_user_id, is_active, created_at, updated_at
};
enum path : std::size_t { by_key, by_active };
const fold::table& table();
} // namespace agent_directory

// HighLevel's custom fields by the name that we look for.
namespace custom_fields {
enum column : std::size_t { field_id, name };
enum path : std::size_t { by_id, by_name };
const fold::table& table();
} // namespace custom_fields

// What each (agent, list) wants to be called, and since when.
namespace list_names {
enum column : std::size_t { agent_key, list_key, aloware_list_id, aloware_list_name, since, created_at, updated_at };
enum path : std::size_t { by_key, by_name };
const fold::table& table();
} // namespace list_names

// Who owns a list name.
namespace list_claims {
enum column : std::size_t { aloware_list_name, agent_key, list_key };
enum path : std::size_t { by_name };
const fold::table& table();
} // namespace list_claims

namespace call_list_registry {
enum column : std::size_t { agent_key, list_key, aloware_list_id, aloware_list_name, created_at, updated_at };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace call_list_registry

namespace contact_agent_state {
enum column : std::size_t { contact_id, agent_key, last_aloware_list_status, created_at, updated_at };
enum path : std::size_t { by_contact };
const fold::table& table();
} // namespace contact_agent_state

namespace contact_list_memberships {
enum column : std::size_t { contact_id, agent_key, list_key, status, reason, created_at, updated_at };
enum path : std::size_t { by_key, by_contact };
const fold::table& table();
} // namespace contact_list_memberships

// `system`, `event_id`, `step` and `stamp` are ours.
namespace sync_log {
enum column : std::size_t {
  direction, entity_type, entity_id, source_id, target_id, status, started_at, finished_at, error_message,
  correlation_id, system, event_id, step, stamp, succeeded_or_open
};
enum path : std::size_t { by_key, by_entity, latest, latest_without_error };
const fold::table& table();
} // namespace sync_log

namespace sync_state {
enum column : std::size_t { direction, entity_type, cursor_updated_at, cursor_id, last_run_at, last_success_at };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace sync_state

namespace quarantine_events {
enum column : std::size_t { event_id, event_source, reason, quarantined_at, quarantined_by };
enum path : std::size_t { by_key };
const fold::table& table();
} // namespace quarantine_events

} // namespace millrace::contact_sync
