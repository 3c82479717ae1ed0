#include "classifier/rules_watch.hpp"

#include "classifier/leads/rules.hpp"
#include "classifier/leads/tables.hpp"
#include "core/failure.hpp"
#include "fold/built.hpp"
#include "matching/pattern.hpp"
#include "pipeline/pause.hpp"

#include <map>
#include <utility>

namespace millrace::classifier {

using namespace std::chrono_literals;

namespace {

constexpr auto between_counts = 15s; // it reads every rule

constexpr matching::state states[] = {matching::state::ok, matching::state::empty, matching::state::bad_regex, matching::state::too_long};

const fold::table& table_of(std::string_view kind) { return kind == "keyword" ? category_keywords::table() : category_rules::table(); }

// What the process counts of itself, at each scrape.
void show_makings(metrics::registry& m) {
  auto& builds = m.counter("millrace_ruleset_builds_total", "Automata of a project's keywords and rules that this process made");
  auto& last = m.gauge("millrace_ruleset_last_build_seconds", "How long the last automaton of a project's keywords and rules took to make; 0 until one is made");
  m.before_scrape([&builds, &last, shown = fold::built_things().making_of(ruleset_name).times]() mutable {
    const auto made = fold::built_things().making_of(ruleset_name);
    builds.add(static_cast<double>(made.times - std::exchange(shown, made.times)));
    last.set(made.last_seconds);
  });
}

} // namespace

rules_watch::rules_watch(const pipeline::service& s, metrics::registry& m) : service_(s), metrics_(m) {
  show_makings(m);
  health_.good();
}

void rules_watch::run(const std::atomic<bool>& stop) {
  pipeline::outage_pause pause("rules", "counting rules", metrics_);
  while (!stop)
    try {
      postgres::connection c(service_.postgres, service_.name + "/rules");
      while (!stop) {
        count(c);
        pause.over();
        pipeline::rest(stop, between_counts);
      }
    } catch (const outage& e) {
      pause.wait(e, stop);
    }
}

void rules_watch::count(postgres::connection& c) {
  for (const std::string kind : {"keyword", "rule"}) {
    std::map<std::string, std::int64_t> by_state;
    const auto rows = c.query("select pattern_state, count(*) from " + service_.place(table_of(kind)) + " where deleted_at is null group by 1");
    for (std::size_t r = 0; r < rows.size(); ++r)
      by_state[std::string(rows.text(r, 0))] = rows.integer(r, 1);
    for (const auto s : states) {
      const std::string state(matching::name_of(s));
      metrics_.gauge("millrace_rules", "Keywords and rules that are not deleted, of all projects, by whether they can match: only what is ok ever does", {{"kind", kind}, {"state", state}})
          .set(static_cast<double>(by_state[state]));
    }
  }
}

} // namespace millrace::classifier
