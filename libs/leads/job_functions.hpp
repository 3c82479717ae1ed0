// The derivations that every service which runs jobs has alike: the rules of a project's jobs, and the sweep that begins when they
// change. Pure.
#pragma once

#include "fold/graph.hpp"
#include "leads/job_run.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::leads {

// The group of `job_rules` where the setting decides jobs.
std::optional<std::string> if_of_jobs(std::string_view setting);
const fold::row* rules_row(fold::reader& r);
job_facts job_facts_of(std::string_view job, fold::reader& r);

// group = "": the row of *job_rules*.
void derive_job_rules(std::string_view, fold::reader& r, fold::rows_out& out);
// group = "": marks `target` of every job, once for each change of the rules; or of the row of rules that a service has instead.
void sweep_jobs(std::string_view target, fold::reader& r, fold::rows_out& out);
void sweep_jobs(std::string_view target, const fold::row* rules, fold::reader& r, fold::rows_out& out);

} // namespace millrace::leads
