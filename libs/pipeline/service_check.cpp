#include "pipeline/service_check.hpp"

#include "core/failure.hpp"
#include "fold/graph_check.hpp"
#include "pipeline/line_facts.hpp"

#include <map>
#include <set>

namespace millrace::pipeline {

namespace {

// The line's own function beside those of the domains: a mark of that name belongs to it.
constexpr std::string_view projection_function = "projection";

std::vector<std::string> kinds_of(const service& s) {
  std::vector<std::string> kinds = {std::string(projection_function)};
  for (const auto kind : line_fact_kinds())
    kinds.emplace_back(kind);
  if (s.profiles)
    for (const auto& [name, p] : s.profiles->all())
      for (auto& kind : p.fact_kinds())
        kinds.push_back(std::move(kind));
  return kinds;
}

std::string without_quotes(std::string place) {
  std::erase(place, '"');
  return place;
}

void check_raw_tables(const service& s, std::vector<fault>& faults) {
  for (const auto& t : s.topics)
    try {
      s.raw_table_of(t.name);
    } catch (const bug&) {
      faults.push_back(bad("no_raw_table", s.name + ": topic " + t.name, "names the raw table " + t.raw_table + ", which the service does not have"));
    }
}

} // namespace

std::vector<fault> check_services(std::span<const service> services) {
  std::vector<fault> faults;
  std::set<std::string> names;
  std::map<std::string, std::string> writers; // by place
  for (const auto& s : services) {
    for (const auto& name : {"service " + s.name, "schema " + s.schema})
      if (!names.insert(name).second)
        faults.push_back(bad("service_twice", s.name, "another service has the " + name + " too"));
    fold::graph whole;
    const auto write = [&](const std::string& quoted) {
      const auto place = without_quotes(quoted);
      const auto [of, added] = writers.emplace(place, s.name);
      if (!added)
        faults.push_back(bad("table_twice", s.name + ": table " + place,
                             of->second == s.name ? "is described twice" : "is written by " + of->second + " too: a table has one writing service"));
    };
    for (const auto* d : s.domains) {
      whole.add(*d->graph);
      for (const auto* t : d->graph->tables)
        write(s.place(*t));
      for (const auto& t : d->raw_tables)
        write(s.place(t));
    }
    auto said = fold::check_graph(s.name, whole, kinds_of(s));
    faults.insert(faults.end(), said.begin(), said.end());
    check_raw_tables(s, faults);
  }
  return faults;
}

} // namespace millrace::pipeline
