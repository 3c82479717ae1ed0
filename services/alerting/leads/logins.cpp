#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "json/writer.hpp"

namespace millrace::alerting::leads {
namespace {

constexpr std::int64_t kept_us = 30ll * 86'400 * second_us;
constexpr std::int64_t burst_us = 600 * second_us;
constexpr std::size_t failures_a_burst = 5;

} // namespace

void derive_login_failure(std::string_view event, reader& r, rows_out& out) {
  out.claim(auth_attempts::table(), auth_attempts::by_event, event);
  const auto now = r.now();
  for (const auto& f : r.facts("login_failed", event)) {
    const auto end = later_by(f.time(), kept_us);
    if (now >= end)
      return;
    out.wake(end);
    out.put(auth_attempts::table(), {std::string(f.text_or_empty("ip")), std::string(f.text_or_empty("key")), to_postgres(f.time()), std::string(event)});
  }
}

// Five failures within ten minutes begin one; ten minutes without a failure end it.
void derive_login_burst(std::string_view ip_and_key, reader& r, rows_out& out) {
  alerts_of alerts("login_burst", ip_and_key, out);
  const auto& facts = r.facts("login_failures", ip_and_key);
  const auto now = r.now();
  const auto parts = fold::split_key(ip_and_key);
  std::size_t fifth = 0; // its number in facts: by which a burst is known that is not over
  bool burst = false;
  for (std::size_t n = 0; n < facts.size(); ++n) {
    const auto at = facts[n].time();
    if (!burst && n + 1 >= failures_a_burst && at.us - facts[n + 1 - failures_a_burst].time().us <= burst_us) {
      burst = true;
      fifth = n;
    }
    const auto end = later_by(at, burst_us);
    const bool is_last = n + 1 == facts.size();
    if (!burst || (!is_last && facts[n + 1].time() <= end))
      continue;
    const bool over = !is_last || now >= end;
    if (!over)
      out.wake(end);
    json::writer payload;
    payload.begin_object().name("ip").string(parts.at(0)).name("key").string(parts.at(1)).end_object();
    alerts.put({"login_bruteforce", std::string(ip_and_key), facts[fifth + 1 - failures_a_burst].time(), facts[fifth].time(), over ? std::optional(end) : std::nullopt,
                "logins of " + parts.at(1) + " from " + parts.at(0) + " fail again and again", payload.take()});
    burst = false;
  }
}

} // namespace millrace::alerting::leads
