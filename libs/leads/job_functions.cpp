#include "leads/job_functions.hpp"

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "leads/lap.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::leads {

std::optional<std::string> if_of_jobs(std::string_view setting) {
  return std::find(std::begin(job_setting_names), std::end(job_setting_names), setting) != std::end(job_setting_names) ? std::optional<std::string>("") : std::nullopt;
}

const fold::row* rules_row(fold::reader& r) { return r.first(job_rules_table(), 0, "jobs"); }

job_facts job_facts_of(std::string_view job, fold::reader& r) {
  return {r.facts("job_set", job), r.facts("job_claimed", job), r.facts("job_reported", job), r.facts("job_ordered", job)};
}

void derive_job_rules(std::string_view, fold::reader& r, fold::rows_out& out) {
  out.claim(job_rules_table(), 0, "jobs");
  fold::row rules = {"jobs"};
  for (const auto name : job_setting_names)
    rules.push_back(setting_history(r.facts("setting", name)).held());
  if (std::any_of(rules.begin() + 1, rules.end(), [](const fold::cell& c) { return c.has_value(); }))
    out.put(job_rules_table(), std::move(rules));
}

void sweep_jobs(std::string_view target, fold::reader& r, fold::rows_out& out) { sweep_jobs(target, rules_row(r), r, out); }

void sweep_jobs(std::string_view target, const fold::row* rules, fold::reader& r, fold::rows_out& out) {
  constexpr std::string_view kinds[] = {"job_set", "job_claimed", "job_reported", "job_ordered"};
  std::string goal;
  if (rules)
    for (const auto& c : *rules)
      goal += c.value_or("-") + '\n';
  derive_lap("every_job", to_hex(crypto::sha256(goal)), kinds, target, r, out);
}

} // namespace millrace::leads
