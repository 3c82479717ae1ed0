#include "migrate_command.hpp"

#include "core/format.hpp"
#include "exit_code.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/service_check.hpp"
#include "postgres/connection.hpp"

namespace millrace::cli {

int migrate(const cli_config& c, bool dry_run, output& out) {
  std::vector<fault> faults;
  const auto profiles = profiles_of(c, faults);
  const auto topics = topics_of(c, faults);
  const auto services = services_of(c, *profiles, topics);
  for (fault& f : pipeline::check_services(services))
    faults.push_back(std::move(f));
  out.faults("fault", faults);
  if (!faults.empty())
    return bad_config;
  postgres::connection connection(c.postgres, "millrace-migrate");
  const auto steps = dry_run ? pipeline::pending_migrations(connection, services) : pipeline::migrate(connection, services);
  for (const std::string& step : steps) {
    json_line o(dry_run ? "pending" : "applied");
    o.text("step", step);
    out.object(o);
    out.line(step);
  }
  out.warnings(pipeline::slow_choices(connection, services));
  json_line o("migrated");
  o.flag("dry_run", dry_run).number("steps", static_cast<std::int64_t>(steps.size()));
  out.object(o);
  if (steps.empty())
    out.say("the database is as this version needs it");
  return dry_run && !steps.empty() ? found : well;
}

} // namespace millrace::cli
