// The settings by which jobs and workers are watched, as they were at any moment: the *watch_rules* row. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "fold/graph.hpp"
#include "leads/rules.hpp"

#include <cstdint>
#include <string_view>

namespace millrace::leads {

// Beside those of jobs; the names in the order of the *watch_rules* columns behind theirs.
inline constexpr std::string_view watch_setting_names[] = {"stuck_minutes", "worker_online_window_sec"};
bool is_watch_setting(std::string_view name);

struct watch_rules {
  job_rules jobs;
  setting_history stuck_minutes, online_window_s;

  static constexpr std::int64_t online_window_s_least = 15, online_window_s_most = 600, online_window_s_otherwise = 90;

  // The values that hold now, in their limits: without progress for longer a job is stuck, without a word a worker offline.
  std::int64_t stuck_us() const;
  std::int64_t online_window_us() const;
};

// The one row; there is none while none of the settings was ever said.
const fold::table& watch_rules_table();
fold::row watch_rules_row(fold::reader& r);
watch_rules watch_rules_from(const fold::row* row);

} // namespace millrace::leads
