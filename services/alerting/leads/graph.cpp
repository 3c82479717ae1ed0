#include "alerting/leads/graph.hpp"

#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "leads/facts.hpp"
#include "leads/lap.hpp"
#include "leads/watch_facts.hpp"
#include "leads/watch_rules.hpp"

namespace millrace::alerting::leads {
namespace {

std::optional<std::string> if_it_is_watched_by(std::string_view name) { return millrace::leads::is_watch_setting(name) ? std::optional<std::string>("") : std::nullopt; }

void watch_rules_changed(std::string_view, std::span<const change>, reader&, marks& m) {
  m.add("every_job", "");
  m.add("every_silence", "");
}

std::vector<fold::function> functions() {
  return {
      // jobs and workers, by rules that an admin sets
      {.name = "watch_rules", .derive = derive_watch_rules, .changed = watch_rules_changed, .at_once = true},
      {.name = "every_job", .derive = derive_every_job, .at_once = true},
      {.name = "job_watch", .derive = derive_job_watch, .changed = job_watch_changed, .wakes = true},
      {.name = "presence", .derive = derive_presence, .changed = presence_changed, .version = 2},
      {.name = "every_silence", .derive = derive_every_silence, .at_once = true},
      {.name = "silences", .derive = derive_silences, .changed = silences_changed, .wakes = true},
      {.name = "worker", .derive = derive_worker},
      {.name = "dlq", .derive = derive_dlq, .changed = alerts_changed, .total = true},
      // limits and logins
      {.name = "window", .derive = derive_window, .changed = window_changed},
      {.name = "spikes", .derive = derive_spikes, .changed = alerts_changed, .total = true},
      {.name = "login_failure", .derive = derive_login_failure, .wakes = true},
      {.name = "login_burst", .derive = derive_login_burst, .changed = alerts_changed, .wakes = true},
      // of whom the line hears, and what is amiss in a service
      {.name = "heard_day", .derive = derive_heard_day, .changed = heard_day_changed},
      {.name = "source_days", .derive = derive_source_days},
      {.name = "source_silences", .derive = derive_source_silences, .changed = alerts_changed, .wakes = true},
      {.name = "unbound_source", .derive = derive_unbound_source, .changed = alerts_changed, .wakes = true},
      {.name = "trouble", .derive = derive_trouble, .changed = alerts_changed, .wakes = true},
      {.name = "plain_secret", .derive = derive_plain_secret, .finds = true},
      // what is said by people, and to them
      {.name = "raised", .derive = derive_raised, .changed = alerts_changed},
      {.name = "notice", .derive = derive_notice, .wakes = true},
      {.name = "audit_row", .derive = derive_audit_row},
      {.name = "setting_row", .derive = derive_setting_row},
  };
}

std::vector<fold::trigger> triggers() {
  return {
      {.kind = "setting", .function = "watch_rules", .group = if_it_is_watched_by},
      {.kind = "setting", .function = "setting_row"},
      {.kind = "job_set", .function = "job_watch"},
      {.kind = "job_claimed", .function = "job_watch"},
      {.kind = "job_reported", .function = "job_watch"},
      {.kind = "job_ordered", .function = "job_watch"},
      {.kind = "worker_seen", .function = "presence"},
      {.kind = "worker_set", .function = "worker"},
      {.kind = "worker_secret", .function = "worker"},
      {.kind = "calls_rejected", .function = "window"},
      {.kind = "login_failed", .function = "login_failure"},
      {.kind = "login_failures", .function = "login_burst"},
      {.kind = "account_heard", .function = "heard_day"},
      {.kind = "source_bound", .function = "source_days"},
      {.kind = "source_bound", .function = "unbound_source"},
      {.kind = "trouble_said", .function = "trouble"},
      {.kind = "secret_came", .function = "plain_secret"},
      {.kind = "alert_raised", .function = "raised"},
      {.kind = "alert_told", .function = "notice"},
      {.kind = "audited", .function = "audit_row"},
  };
}

const fold::graph& graph() {
  static const fold::graph g{
      .functions = functions(),
      .triggers = triggers(),
      .tables = {&millrace::leads::watch_rules_table(), &millrace::leads::laps::table(), &dead_ranges::table(), &job_workers::table(), &presence::table(),
                 &call_windows::table(), &heard_days::table(), &notices::table(), &internal_workers::table(), &alert_events::table(), &audit_logs::table(), &auth_attempts::table(), &settings::table()},
  };
  return g;
}

} // namespace
} // namespace millrace::alerting::leads

namespace millrace {

const fold::domain& alerting_leads() {
  static const fold::domain d{
      .name = "leads",
      .schema = "leads",
      .take = leads::take_for_alerting,
      .raw_tables = {},
      .taking_version = leads::watching_version(),
      .graph = &alerting::leads::graph(),
      .derive_version = "",
      .groups_of = leads::groups_of,
      .without = leads::without_for_alerting,
  };
  return d;
}

} // namespace millrace
