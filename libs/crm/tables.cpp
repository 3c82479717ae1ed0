#include "crm/tables.hpp"

namespace millrace::crm {

using fold::column_type;

namespace phones {
const fold::table& table() {
  static const fold::table t{
      .name = "phones",
      .columns = {{.name = "raw_phone"}, {.name = "phone"}},
      .key = {raw_phone},
      .paths = {{.name = "raw_phone", .columns = {raw_phone}}, {.name = "phone", .columns = {phone}}},
  };
  return t;
}
} // namespace phones

namespace system_contacts {
const fold::table& table() {
  static const fold::table t{
      .name = "system_contacts",
      .columns = {{.name = "system"},
                  {.name = "contact_id"},
                  {.name = "raw_phone"},
                  {.name = "phone"},
                  {.name = "email"},
                  {.name = "name"},
                  {.name = "owner_id"},
                  {.name = "owner_email"},
                  {.name = "tags"},
                  {.name = "live", .type = column_type::boolean},
                  {.name = "stub", .type = column_type::boolean},
                  {.name = "deleted", .type = column_type::boolean},
                  {.name = "first_seen", .type = column_type::timestamp},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {system, contact_id},
      .paths = {{.name = "key", .columns = {system, contact_id}},
                {.name = "raw_phone", .columns = {raw_phone}},
                {.name = "all_live_phone", .columns = {phone}, .only_where = live},
                {.name = "live_phone", .columns = {phone}, .only_where = live, .most = holders_most + 1},
                {.name = "live_email", .columns = {email}, .only_where = live, .most = holders_most + 1}},
  };
  return t;
}
} // namespace system_contacts

namespace phone_pairs {
const fold::table& table() {
  static const fold::table t{
      .name = "phone_pairs",
      .columns = {{.name = "phone"},
                  {.name = "position", .type = column_type::integer},
                  {.name = "ghl_contact_id"},
                  {.name = "aloware_contact_id"}},
      .key = {phone, position},
      .paths = {{.name = "key", .columns = {phone, position}},
                {.name = "phone", .columns = {phone}},
                {.name = "ghl_contact_id", .columns = {ghl_contact_id}},
                {.name = "aloware_contact_id", .columns = {aloware_contact_id}}},
  };
  return t;
}
} // namespace phone_pairs

namespace optouts {
fold::table described(const char* name, bool of_seed) {
  return {
      .name = name,
      .of_seed = of_seed,
      .columns = {{.name = "phone_number"},
                  {.name = "status"},
                  {.name = "source"},
                  {.name = "reason"},
                  {.name = "last_event_at", .type = column_type::timestamp},
                  {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}},
      .key = {phone_number},
      .paths = {{.name = "phone_number", .columns = {phone_number}}},
  };
}
} // namespace optouts

} // namespace millrace::crm
