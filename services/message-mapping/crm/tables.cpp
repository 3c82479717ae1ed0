#include "message-mapping/crm/tables.hpp"

#include "crm/tables.hpp"

namespace millrace::message_mapping {

using fold::column_type;

namespace message_mappings {
const fold::table& table() {
  static const fold::table t{
      .name = "message_mappings",
      .of_seed = true,
      .columns = {{.name = "texting_message_id"},
                  {.name = "ghl_message_id"},
                  {.name = "aloware_message_id"},
                  {.name = "conversation_id"},
                  {.name = "ghl_contact_id"},
                  {.name = "aloware_contact_id"},
                  {.name = "from_number"},
                  {.name = "to_number"},
                  {.name = "direction"},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp},
                  {.name = "node"},
                  {.name = "contact_raw"},
                  {.name = "contact_phone"},
                  {.name = "conflict"}},
      .key = {node},
      .paths = {{.name = "node", .columns = {node}},
                {.name = "texting_message_id", .columns = {texting_message_id}},
                {.name = "ghl_message_id", .columns = {ghl_message_id}},
                {.name = "aloware_message_id", .columns = {aloware_message_id}},
                {.name = "contact_raw", .columns = {contact_raw}},
                {.name = "contact_phone", .columns = {contact_phone}}},
  };
  return t;
}
} // namespace message_mappings

const fold::table& optout_registry_table() {
  static const fold::table t = crm::optouts::described("optout_registry", true);
  return t;
}

} // namespace millrace::message_mapping
