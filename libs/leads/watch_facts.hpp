// Which facts alerting takes, and their groups: who spoke, what happened to jobs, who failed to log in, who did what, what was
// told to whom; of whom the line hears, what is bound, what is amiss in a service. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"
#include "fold/domain.hpp"
#include "provider/said.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::leads {

// Changes when one of those below gives other facts of the same said ones.
std::string watching_version();
std::vector<fold::grouped_fact> take_for_alerting(const event& e, const std::vector<said_fact>& said);

// A worker's words are kept by five minutes, so that a healthy one's do not become one endless group.
instant presence_bucket(instant t);
// Where the day, the hour begins of which `t` is.
instant start_of(instant t, std::int64_t us);

// The kinds of alerts that are derived: nobody may say that one of these is there.
bool is_derived_alert(std::string_view kind);

// What an erasure leaves of a fact of the same event: as for other services, and of the audit log who did what, and when.
std::optional<field_map> without_for_alerting(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields);

} // namespace millrace::leads
