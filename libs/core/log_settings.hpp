// How a program logs, by the settings that all of them share. A value, read once at start, and the start itself.
#pragma once

#include "core/log.hpp"
#include "core/settings.hpp"

#include <string>
#include <vector>

namespace millrace {

struct log_settings {
  log::level least = log::level::info;
  bool json = true;
};

log_settings read_log_settings(settings& from);

// The log from here on; its first line tells the variables that nobody reads (`unknown_settings`), if there are any.
void start_log(const std::string& program, const log_settings& s, const std::vector<fault>& unknown);

} // namespace millrace
