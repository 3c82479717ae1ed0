#include "gateway/dispatch/service.hpp"

#include "fold/domain.hpp"
#include "gateway/dispatch/open_jobs.hpp"
#include "leads/facts.hpp"
#include "leads/job_functions.hpp"
#include "leads/lap.hpp"

namespace millrace {
namespace {

constexpr std::string_view kinds[] = {"job_claimed", "job_ordered", "job_reported", "job_set", "setting"};

// Of a job's facts what decides whether it is open. Phones are counted, and nothing else: they are kept as hashes, so that nobody's
// number stands in the gateway; of errors and logs that there was one.
std::vector<fold::grouped_fact> take(const event& e, const std::vector<said_fact>& said) {
  auto facts = leads::take_of_kinds(e, said, kinds);
  for (auto& f : facts) {
    leads::hash_phones(f.fields);
    f.fields.erase("log");
    if (const auto error = f.fields.find("error"); error != f.fields.end() && error->second.text() && !error->second.text()->empty())
      error->second = {std::string("said")};
  }
  return facts;
}

void job_rules_changed(std::string_view, std::span<const fold::change>, fold::reader&, fold::marks& m) { m.add("every_job", ""); }

const fold::graph& graph() {
  static const fold::graph g{
      .functions = {{.name = "job_rules", .derive = leads::derive_job_rules, .changed = job_rules_changed, .at_once = true},
                    {.name = "every_job", .derive = gateway::derive_every_job, .at_once = true},
                    {.name = "open_job", .derive = gateway::derive_open_job}},
      .triggers = {{.kind = "setting", .function = "job_rules", .group = leads::if_of_jobs},
                   {.kind = "job_set", .function = "open_job"},
                   {.kind = "job_claimed", .function = "open_job"},
                   {.kind = "job_reported", .function = "open_job"},
                   {.kind = "job_ordered", .function = "open_job"}},
      .tables = {&leads::job_rules_table(), &leads::laps::table(), &gateway::open_jobs::table()},
  };
  return g;
}

const fold::domain& dispatch() {
  static const fold::domain d{
      .name = "dispatch",
      .schema = "leads",
      .take = take,
      .raw_tables = {},
      .taking_version = "1 " + leads::taking_version(),
      .graph = &graph(),
      .derive_version = "",
      .groups_of = nullptr,
      .without = nullptr,
  };
  return d;
}

} // namespace

pipeline::service gateway_service() {
  pipeline::service s;
  s.name = "gateway";
  s.schema = "gateway";
  s.domains = {&dispatch()};
  return s;
}

} // namespace millrace
