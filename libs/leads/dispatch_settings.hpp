// The settings by which the gateway lets lead workers call and hands out jobs, as they are now. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::leads {

enum class pick_order { fifo, newest, random, pow2, fair_query, rr_agent };

struct dispatch_settings {
  bool enabled = true;               // internal_server_enabled
  bool stopped = false;              // system_stop
  std::optional<int> pause_from, pause_to; // minutes of the UTC day; both or no pause
  std::int64_t calls_per_min = 600;  // worker_rate_limit_per_min
  std::int64_t lease_s = 120;        // lease_sec_default, held to what a lease may be
  pick_order pick = pick_order::fifo;

  // Whether no job is handed out at that minute of the UTC day. A pause may go over midnight.
  bool pauses(int minute_of_day) const;
};

inline constexpr std::string_view dispatch_setting_names[] = {"internal_server_enabled", "pause_from", "pause_to", "pick_order", "system_stop", "worker_rate_limit_per_min"};

// `value` gives what a setting says last, or nothing. What says nothing of its kind is as if never said.
dispatch_settings read_dispatch_settings(const std::function<std::optional<std::string>(std::string_view name)>& value);
// Why an admin may not give one of them this value, or nothing.
std::optional<std::string> dispatch_setting_fault(std::string_view name, std::string_view value);

} // namespace millrace::leads
