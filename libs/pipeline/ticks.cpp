#include "pipeline/ticks.hpp"

#include "crypto/hash.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace millrace::pipeline {

namespace {
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t apart_most_us = 2 * minute_us;
const std::string provider = "clock", account = "line";
} // namespace

instant moment_of(instant t, std::int64_t every_us) { return {t.us - ((t.us % every_us) + every_us) % every_us}; }

event make_tick(instant moment, instant sent) {
  event e;
  e.provider = provider;
  e.family = "tick";
  e.source = "alerting";
  e.account = account;
  e.type = "tick";
  e.entity_type = "minute";
  e.entity_id = to_rfc3339(moment);
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, "1");
  e.partition_key = account;
  e.received = sent;
  e.said_time = moment;
  e.verdict = verified::none;
  e.body = R"({"minute":")" + e.entity_id + R"("})";
  e.content_type = "application/json";
  e.post_sha256 = crypto::sha256(e.body);
  return e;
}

bool is_tick(const event& e, std::string_view topic) { return topic == clock_topic && e.provider == provider && e.said_time; }

std::optional<instant> time_of_tick(const event& tick, instant appended) {
  const auto minute = *tick.said_time;
  if (std::abs(minute.us - appended.us) > apart_most_us)
    return std::nullopt;
  return std::min(minute, appended);
}

} // namespace millrace::pipeline
