// How many calls a limit refused in a window of time, as contact-sync counts and alerting watches them. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "fold/graph.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::leads {

struct call_window {
  std::string key;
  instant start;
  std::optional<std::int64_t> rejected; // the greatest that was said; nothing where nobody says it any more
};
// Of the group "<key>/<start>" of `calls_rejected`.
call_window call_window_of(std::string_view group, fold::reader& r);

} // namespace millrace::leads
