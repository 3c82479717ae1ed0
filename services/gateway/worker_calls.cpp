#include "worker_calls.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/writer.hpp"
#include "provider/events.hpp"
#include "provider/family.hpp"

#include <algorithm>

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

constexpr auto database_time = 3s;

pipeline::service service_of(const call_settings& c, const catalogue& profiles) {
  auto s = gateway_service();
  s.postgres = c.postgres;
  s.kafka = c.kafka;
  s.topics = c.topics;
  s.profiles = &profiles;
  return s;
}

std::optional<crypto::sealing_key> sealing_key_of(const call_settings& c) {
  if (c.seal_key.empty())
    return std::nullopt;
  auto key = crypto::sealing_key::parse(c.seal_key);
  if (!key)
    throw outage("MILLRACE_GATEWAY_SEAL_KEY: " + key.error().detail, false, "make one with `millrace admin seal --new-key <file>`");
  return *std::move(key);
}

int minute_of_day(instant t) { return static_cast<int>(t.us / second_us / 60 % (24 * 60)); }

} // namespace

worker_calls::worker_calls(const call_settings& c, const catalogue& profiles, metrics::registry& registry)
    : profiles_(profiles), opens_(!c.seal_key.empty()), keys_(c.kafka, profiles, sealing_key_of(c), registry),
      database_(c.postgres, c.database_threads, registry), follower_(service_of(c, profiles), registry) {}

worker_calls::~worker_calls() { stop(); }

void worker_calls::serve(std::shared_ptr<const sources> configured) {
  const auto& all = configured->all();
  const bool needs = std::any_of(all.begin(), all.end(), [](const source& s) { return !s.family_of->ring().empty(); });
  keys_.serve(configured);
  follower_.serve(std::move(configured));
  if (!needs || needed_.exchange(true))
    return;
  if (!opens_)
    log::error("no lead worker can call: the gateway has no key to open their secrets with",
               {{"do", "set MILLRACE_GATEWAY_SEAL_KEY_FILE; `millrace admin seal --new-key <file>` makes one"}});
  keys_.start();
  database_.start();
  follower_.start();
}

void worker_calls::stop() {
  keys_.stop();
  follower_.stop();
  database_.stop();
}

std::vector<http::check> worker_calls::checks() const {
  if (!needed_)
    return {};
  return {{"worker keys", keys_.was_read(), keys_.was_read() ? (keys_.is_current() ? "read" : "read, and not followed any more") : "what admins say is not read yet",
           "look whether Kafka can be reached and the topic of administration is there"},
          // Ready all the same: other sources need no database.
          {"admission", true, database_.is_well() ? "well" : "Postgres is away: lead workers are told to come again", "look at Postgres"},
          {"open jobs", true, follower_.state(), "look at Postgres and Kafka"}};
}

admission_rules worker_calls::rules_of(const source& s, const worker_call& call, const leads::dispatch_settings& settings) const {
  return {pipeline::ids_of_project(s.workers_of).project_id, keys_.calls_per_min(s.workers_of, call.worker), settings.lease_s, settings.pick, follower_.is_fresh()};
}

http::task<worker_calls::permit> worker_calls::admit(asking& by, const source& s, const worker_call& call) {
  permit p;
  const auto settings = keys_.settings_of(s.workers_of);
  const bool stopped = settings.stopped || settings.pauses(minute_of_day(call.at));
  if (!settings.enabled) {
    p.problem = answer::internal_disabled;
  } else if (stopped && call.asks == worker_call::what::report) {
    p.problem = answer::system_stopped;
  }
  if (p.problem)
    co_return p;
  auto rules = rules_of(s, call, settings);
  rules.may_grant = rules.may_grant && !stopped;
  // With a name of its own: what a lambda within `co_await` holds, GCC 12 frees twice.
  const std::function<admitted(postgres::connection&)> work = [call, rules](postgres::connection& c) { return gateway::admit(c, call, rules); };
  const auto made = co_await by.ask<admitted>(work, database_time);
  if (!made) {
    p.problem = answer::unavailable;
    p.reason = "admission";
    co_return p;
  }
  p.answer = stopped && call.wants_job() ? R"({"ok":true,"job":null,"stopped":true})" : made->answer;
  p.grant = made->grant;
  switch (made->what) {
  case admitted::outcome::go: break;
  case admitted::outcome::over_rate: p.problem = answer::over_worker_rate; break;
  case admitted::outcome::repeated: p.is_repeat = true; break;
  case admitted::outcome::replayed: p.problem = answer::replay_detected; break;
  case admitted::outcome::unavailable:
    if (!stopped)
      p.problem = answer::job_not_available;
    p.is_repeat = stopped; // nothing was asked of the tables: nothing is published
    break;
  }
  co_return p;
}

http::task<void> worker_calls::accept(asking& by, const worker_call& call, bool granted) {
  const std::function<bool(postgres::connection&)> work = [call, granted](postgres::connection& c) {
    gateway::accept(c, call, granted);
    return true;
  };
  const auto done = co_await by.ask<bool>(work, database_time);
  if (!done)
    log::warning("a call was taken and could not be noted: a repeat of it will be published again, as the same event", {{"source", call.account}});
}

outgoing worker_calls::claimed(const source& s, const granted_job& g, instant at) const {
  source maker;
  maker.name = g.account;
  maker.of = s.of;
  const auto found = std::find_if(s.of->families.begin(), s.of->families.end(), [](const auto& f) { return f.second->made_here; });
  if (found == s.of->families.end())
    throw bug("`" + s.of->name + "` has no family for what the gateway says itself");
  maker.family_of = found->second;
  maker.family_name = found->first;
  json::writer w;
  w.begin_object().name("job_id").string(g.job).name("attempt_id").string(g.attempt).name("worker_id").string(g.worker);
  w.name("lease_sec").number(g.lease_s).name("granted_at").string(to_rfc3339(g.at)).end_object();
  const std::string body = w.take();
  const std::pair<std::string_view, std::string_view> headers[] = {{"content-type", "application/json"}};
  webhook_request r{};
  r.method = "POST";
  r.headers = headers;
  r.body = body;
  r.received = at;
  verdict nobody;
  nobody.result = verdict::outcome::none;
  return outgoing(std::move(split(maker, nobody, r).events.front()));
}

} // namespace millrace::gateway
