#include "core/log_settings.hpp"

#include "core/setting_names.hpp"

namespace millrace {

log_settings read_log_settings(settings& from) {
  log_settings s;
  const auto least = from.choice("MILLRACE_LOG_LEVEL", "info", {"debug", "info", "warning", "error"}, "least level that is logged");
  s.least = least == "debug" ? log::level::debug : least == "info" ? log::level::info : least == "warning" ? log::level::warning : log::level::error;
  const auto form = from.choice("MILLRACE_LOG_FORMAT", "auto", {"auto", "json", "human"}, "log lines: JSON, or for people on a terminal");
  s.json = form == "json" || (form == "auto" && !log::stderr_is_terminal());
  return s;
}

void start_log(const std::string& program, const log_settings& s, const std::vector<fault>& unknown) {
  log::start(program, s.least, s.json);
  warn_of_unknown(unknown);
}

} // namespace millrace
