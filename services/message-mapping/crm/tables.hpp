// The tables of crm that message-mapping alone writes. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::message_mapping {

// `node` (the least of the row's ids: "texting/m1"), `contact_raw`, `contact_phone` (the contact's side) and `conflict`
// (what could not be joined) are ours.
namespace message_mappings {
enum column : std::size_t {
  texting_message_id, ghl_message_id, aloware_message_id, conversation_id, ghl_contact_id, aloware_contact_id,
  from_number, to_number, direction, created_at, updated_at, node, contact_raw, contact_phone, conflict
};
enum path : std::size_t { by_node, by_texting, by_ghl, by_aloware, by_contact_raw, by_contact_phone };
const fold::table& table();
} // namespace message_mappings

// Columns of crm::optouts.
const fold::table& optout_registry_table();

} // namespace millrace::message_mapping
