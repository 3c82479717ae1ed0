// The tables that contact-sync and message-mapping both keep, each in its own schema: what a contact is, who shares a
// phone, who has opted out. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::crm {

// raw phone → E.164 by the project's country; a row for every raw phone that somebody carries.
namespace phones {
enum column : std::size_t { raw_phone, phone };
enum path : std::size_t { by_raw, by_phone };
const fold::table& table();
} // namespace phones

// One row per (system, contact_id) that any fact names: its fields as last said.
namespace system_contacts {
enum column : std::size_t {
  system, contact_id, raw_phone, phone, email, name, owner_id, owner_email, tags, live, stub, deleted, first_seen,
  created_at, updated_at
};
enum path : std::size_t { by_key, by_raw_phone, all_live_by_phone, by_live_phone, by_live_email }; // the last two: at most 65
const fold::table& table();
} // namespace system_contacts

// A value that more live contacts hold identifies nobody.
inline constexpr std::size_t holders_most = 64;

// The live holders of a phone, ghl and aloware side by side in the order of (first_seen, contact_id).
namespace phone_pairs {
enum column : std::size_t { phone, position, ghl_contact_id, aloware_contact_id };
enum path : std::size_t { by_key, by_phone, by_ghl, by_aloware };
const fold::table& table();
} // namespace phone_pairs

// The columns of contact-sync's optouts and of message-mapping's optout_registry.
namespace optouts {
enum column : std::size_t { phone_number, status, source, reason, last_event_at, created_at, updated_at };
enum path : std::size_t { by_phone };
fold::table described(const char* name, bool of_seed);
} // namespace optouts

} // namespace millrace::crm
