// What was true of a HighLevel contact after each of its facts: its agent, the lists that it was said to be on. Read by
// agent and lists. Pure; valid during one run.
#pragma once

#include "fold/graph.hpp"

#include <string_view>
#include <vector>

namespace millrace::contact_sync {

// Call lists as bits.
enum list_bit : unsigned { call_now = 1, new_leads = 2, follow_up = 4, hot = 8 };
struct named_list {
  list_bit bit;
  std::string_view key;
};
inline constexpr named_list call_lists[] = {
    {call_now, "CALL_NOW"}, {new_leads, "NEW_LEADS"}, {follow_up, "FOLLOW_UP"}, {hot, "HOT"}};

struct snapshot {
  instant time;
  std::string_view agent;         // under today's directory
  std::string_view list_status;   // the custom field last_aloware_list_status; "" when there is none
  unsigned lists = 0;             // said by tags, stage and creation
  bool closed = false;            // the stage says that it is over
  bool live = false;
  bool known = false;             // a fact of the contact's own has been told: not a stub
};

// One snapshot per contact, deletion and opportunity fact that says something (no stubs), in stamp order.
std::vector<snapshot> history_of(std::string_view key, fold::reader& r);

// The lists that a stage's name speaks of; `closed` for a stage at the end.
struct stage_says {
  unsigned lists = 0;
  bool closed = false;
};
stage_says read_stage(std::string_view name);

} // namespace millrace::contact_sync
