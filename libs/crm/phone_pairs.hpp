// phone_pairs(phone): who shares a phone, the two systems side by side. Pure.
#pragma once

#include "fold/graph.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::crm {

void derive_phone_pairs(std::string_view phone, fold::reader& r, fold::rows_out& out);

// The ids of live holders, each side in the order of (first_seen, contact_id).
struct holders {
  std::vector<std::string> ghl, aloware;
};
// `rows` are rows of system_contacts.
holders in_order(std::vector<const fold::row*> rows);

// Whose partner is another than before, by the rows of a table of pairs: contact id → whether it is paired now and was
// before. Columns are those of the ghl and the aloware id.
struct partners_changed {
  std::vector<std::string> ghl;           // partner differs, appeared or went
  std::vector<std::string> ghl_pairing;   // paired ⇄ single
  std::vector<std::string> aloware_pairing;
};
partners_changed compare_partners(std::span<const fold::change> changes, std::size_t ghl, std::size_t aloware);

} // namespace millrace::crm
