#include "config_command.hpp"

#include "alerting/config.hpp"
#include "cli_config.hpp"
#include "console/config.hpp"
#include "core/format.hpp"
#include "exit_code.hpp"
#include "gateway/config.hpp"
#include "pipeline/consumer_config.hpp"

#include <set>

namespace millrace::cli {

std::vector<std::string> programs_with_config() { return {"millrace", "gateway", "contact-sync", "message-mapping", "alerting", "classifier", "console"}; }

std::vector<fault> read_config_of(const std::string& program, settings& from) {
  if (program == "millrace")
    return read_cli_config(from).faults;
  if (program == "gateway")
    return millrace::gateway::config::read(from).faults;
  if (program == "console")
    return console::config::read(from).faults;
  if (program == "alerting")
    return alerting::config::read(from).consumer.faults;
  return pipeline::read_consumer_config(from, program).faults;
}

std::vector<settings::shown> default_settings(const std::string& program) {
  settings nothing{settings::variables{}};
  read_config_of(program, nothing);
  std::vector<settings::shown> all;
  std::set<std::string> told;
  for (const settings::shown& s : nothing.all())
    if (told.insert(s.name).second)
      all.push_back(s);
  return all;
}

int show_settings_file(const std::string& program, output& out) {
  for (const settings::shown& s : default_settings(program)) {
    json_line o("setting");
    o.text("name", s.name).text("value", s.value).text("meaning", s.meaning);
    out.object(o);
    out.line(format("# {}{}\n#{}={}\n", s.meaning, s.origin == "missing" ? " (must be set)" : "", s.name, s.value));
  }
  return well;
}

int show_config(const std::string& program, output& out) {
  settings from;
  const auto faults = read_config_of(program, from);
  std::vector<std::vector<std::string>> rows;
  std::set<std::string> told; // a property may have a setting of its own, too
  for (const settings::shown& s : from.all()) {
    if (!told.insert(s.name).second)
      continue;
    json_line o("setting");
    o.text("name", s.name).text("value", s.value).text("origin", s.origin).text("meaning", s.meaning);
    out.object(o);
    rows.push_back({s.name, s.value.empty() ? "-" : s.value, s.origin, s.meaning});
  }
  for (const std::string& line : aligned(rows))
    out.line(line);
  out.faults("fault", faults);
  return faults.empty() ? well : bad_config;
}

} // namespace millrace::cli
