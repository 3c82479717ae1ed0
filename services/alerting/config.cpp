#include "alerting/config.hpp"

#include "core/format.hpp"

namespace millrace::alerting {

using namespace std::chrono_literals;

config config::read(settings& from) {
  config c;
  auto& n = c.notifiers;
  n.alertmanager_url = from.text("MILLRACE_ALERTMANAGER_URL", "", "Alertmanager that is told of alerts, http://host:9093; empty: none");
  n.webhook_url = from.secret("MILLRACE_NOTIFY_WEBHOOK_URL", "Slack-compatible webhook that is told of alerts; empty: none");
  n.ca_file = from.text("MILLRACE_NOTIFY_CA_FILE", "", "certificates that theirs are checked with; empty: the system's");
  n.timeout = from.duration("MILLRACE_NOTIFY_TIMEOUT", 10s, "how long one of them may take to answer");
  n.raised_an_hour = static_cast<int>(from.integer("MILLRACE_NOTIFY_RAISED_AN_HOUR", 20, 1, 10'000, "of how many new alerts of a project each is told an hour; the rest are summed up"));
  c.tick_s = from.integer("MILLRACE_TICK_SECONDS", c.tick_s, 1, 60, "how often it says what time it is: alerts, leases and all that ends by time is late by so much at most");
  c.consumer = pipeline::read_consumer_config(from, "alerting");
  for (const auto& [name, url] : {std::pair("MILLRACE_ALERTMANAGER_URL", n.alertmanager_url), std::pair("MILLRACE_NOTIFY_WEBHOOK_URL", n.webhook_url)})
    if (const auto wrong = url.empty() ? std::nullopt : fault_of_address(url, n.ca_file))
      c.consumer.faults.push_back(bad("bad_setting", name, name == std::string("MILLRACE_ALERTMANAGER_URL") ? *wrong : "is no http or https address, or its certificates cannot be read"));
  return c;
}

} // namespace millrace::alerting
