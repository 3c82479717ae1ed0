// What is said of workers, jobs, logins and alerts, as tests of alerting tell it.
#pragma once

#include "memory_line.hpp"

#include <string>
#include <utility>
#include <vector>

namespace millrace::watched {

using in_memory::told;
using fields = std::initializer_list<std::pair<const std::string, field_value>>;

inline told at(const std::string& id, std::int64_t s, std::vector<said_fact> facts, const char* provider = "leads") { return {provider, id, s, std::move(facts)}; }
inline told tick(std::int64_t s) { return {"clock", "tick" + std::to_string(s), s, {}}; }

// Each with an id that follows from what it is.
inline told seen(std::int64_t s, const std::string& worker, const std::string& status = "idle", fields more = {}) {
  auto said = in_memory::say("worker_seen", more);
  said.fields["worker"] = {worker};
  said.fields["status"] = {status};
  return at("seen " + worker + status + std::to_string(s), s, {said});
}
inline told claimed(std::int64_t s, const std::string& job, const std::string& attempt, const std::string& worker, const std::string& lease = "60") {
  return at("claim " + job + attempt + std::to_string(s), s, {in_memory::say("job_claimed", {{"job", {job}}, {"attempt", {attempt}}, {"worker", {worker}}, {"lease_s", {lease}}})});
}
inline told reported(std::int64_t s, const std::string& job, const std::string& worker, const std::string& attempt, const std::string& items, fields more = {}) {
  auto said = in_memory::say("job_reported", more);
  said.fields["job"] = {job};
  said.fields["worker"] = {worker};
  said.fields["attempt"] = {attempt};
  said.fields["items"] = {items};
  return at("report " + job + attempt + std::to_string(s), s, {said});
}
inline told ordered(std::int64_t s, const std::string& job, const std::string& act) {
  return at(act + job + std::to_string(s), s, {in_memory::say("job_ordered", {{"job", {job}}, {"act", {act}}})});
}
inline told setting(std::int64_t s, const std::string& name, const std::string& value) {
  return at(name + std::to_string(s), s, {in_memory::say("setting", {{"name", {name}}, {"value", {value}}})}, "admin");
}
inline told secret(std::int64_t s, const std::string& worker, const std::string& act, const std::string& key_id) {
  auto said = in_memory::say("worker_secret", {{"worker", {worker}}, {"act", {act}}, {"key_id", {key_id}}});
  if (act == "set" || act == "rotating")
    said.fields["sealed"] = {"sealed:" + key_id};
  return at("secret " + worker + act + std::to_string(s), s, {said}, "admin");
}
inline told refused(std::int64_t s, const std::string& key, std::int64_t window_s, int n) {
  return at("refused " + key + std::to_string(window_s) + "." + std::to_string(n), s,
            {in_memory::say("calls_rejected", {{"key", {key}}, {"window_start", {to_rfc3339(in_memory::after_2026(window_s))}}, {"rejected", {std::to_string(n)}}})});
}
inline told login(std::int64_t s, const std::string& ip, const std::string& key) {
  return at("login " + ip + key + std::to_string(s), s, {in_memory::say("login_failed", {{"ip", {ip}}, {"key", {key}}})}, "admin");
}
inline told raised(std::int64_t s, const std::string& kind, const std::string& subject, const std::string& message) {
  return at("raised " + kind + subject + std::to_string(s) + message, s, {in_memory::say("alert_raised", {{"kind", {kind}}, {"subject", {subject}}, {"message", {message}}})});
}
inline told notified(std::int64_t s, const std::string& kind, const std::string& subject, std::int64_t start_s, const std::string& state, const std::string& channel,
                     const std::string& outcome = "sent") {
  return at("told " + kind + subject + std::to_string(start_s) + state + channel, s,
            {in_memory::say("alert_told", {{"kind", {kind}}, {"subject", {subject}}, {"start", {to_rfc3339(in_memory::after_2026(start_s))}}, {"state", {state}}, {"channel", {channel}}, {"outcome", {outcome}}})},
            "alerting");
}
// Hours in which an account was heard: its first word in seconds, and its first with facts (less than 0: none).
inline told heard(std::int64_t s, const std::string& account, const std::vector<std::pair<std::int64_t, std::int64_t>>& hours) {
  std::vector<said_fact> said;
  for (const auto& [first, meant] : hours) {
    said.push_back(in_memory::say("account_heard", {{"account", {account}}, {"first", {to_rfc3339(in_memory::after_2026(first))}}}));
    if (meant >= 0)
      said.back().fields["meant"] = {to_rfc3339(in_memory::after_2026(meant))};
  }
  return at("heard " + account + std::to_string(s), s, said, "alerting");
}
inline told bound(std::int64_t s, const std::string& provider, const std::string& account, bool unbound = false) {
  return at((unbound ? "unbound " : "bound ") + provider + account + std::to_string(s), s, {in_memory::say(unbound ? "unbinding" : "binding", {{"provider", {provider}}, {"account", {account}}})}, "admin");
}
inline told trouble(std::int64_t s, const std::string& kind, const std::string& service, const std::string& what, int count) {
  return at("trouble " + kind + service + what + std::to_string(s), s,
            {in_memory::say("trouble_said", {{"service", {service}}, {"kind", {kind}}, {"what", {what}}, {"count", {std::to_string(count)}}})}, "alerting");
}

} // namespace millrace::watched
