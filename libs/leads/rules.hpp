// The settings that decide what becomes of jobs, as they were at any moment: the *job_rules* row. Read by every service that
// runs jobs. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::leads {

// One setting's words in time: from when on it was what; nullopt: emptied, or no number.
class setting_history {
public:
  setting_history() = default;
  // Facts of one `setting` group, in stamp order.
  explicit setting_history(const std::vector<fold::fact>& facts);
  // From the form in which a row holds it; nothing from null.
  explicit setting_history(const fold::cell& held);

  // The value that held at a moment; `otherwise` before the first, and where it is no number.
  std::int64_t at(instant moment, std::int64_t otherwise) const;
  std::int64_t last(std::int64_t otherwise) const;
  // As JSON text: [["2026-11-21T00:18:44.123456Z","5"], …]. Null when nothing was ever said.
  fold::cell held() const;

private:
  std::vector<std::pair<instant, std::optional<std::int64_t>>> said_; // by time
};

// What job_run needs of the settings; their names in the order of the *job_rules* columns.
inline constexpr std::string_view job_setting_names[] = {"max_attempts_default", "lease_sec_default", "job_attempts_ttl_days", "dead_letter_ttl_days"};

// Why an admin may not give one of them this value, or nothing: no service would count by it.
std::optional<std::string> setting_fault(std::string_view name, std::string_view value);

struct job_rules {
  setting_history max_attempts, lease_s, attempts_ttl_days, dead_ttl_days;

  static constexpr std::int64_t max_attempts_otherwise = 5, lease_s_otherwise = 120, ttl_days_otherwise = 90;
};

// The one row of *job_rules*; there is none while none of the settings was ever said.
const fold::table& job_rules_table();
job_rules job_rules_from(const fold::row* row);

} // namespace millrace::leads
