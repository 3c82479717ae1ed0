#include "alerting/deliverer.hpp"

#include "alerting/told_event.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/uuid.hpp"
#include "pipeline/pause.hpp"

#include <algorithm>

namespace millrace::alerting {

using namespace std::chrono_literals;

namespace {

constexpr auto between_looks = 500ms;
constexpr auto delivery_most = 20s;
constexpr std::chrono::milliseconds least_wait = 1s, longest_wait = 60s;

std::string topic_of_ours(const pipeline::service& s) {
  for (const auto& t : s.topics)
    if (t.raw_owner == s.name && std::find(t.producers.begin(), t.producers.end(), s.name) != t.producers.end())
      return t.name;
  throw bug("no topic is " + s.name + "'s to write and to read");
}

} // namespace

deliverer::deliverer(const pipeline::service& s, const notifier_settings& n, metrics::registry& m)
    : service_(s), raised_an_hour_(n.raised_an_hour), metrics_(m),
      telling_(m.gauge("millrace_telling_ok", "1 while people are told of alerts, or another process tells them; 0 while nobody is, because the tables are behind")), deliveries_(s, n.over_shown), topic_(topic_of_ours(s)) {
  for (auto& c : channels_of(n)) {
    const metrics::labels channel = {{"channel", c->name()}};
    m.gauge("millrace_notifier_ok", "1 while this channel takes what it is told", channel).set(1);
    for (const auto* outcome : {"sent", "capped", "refused"})
      m.counter("millrace_notices_total", "Notices that were told, by channel and what came of it", {{"channel", c->name()}, {"outcome", outcome}});
    m.gauge("millrace_notices_left", "Notices that this channel is still to be told, counted up to 100", channel).set(0);
    addressees_.push_back({std::move(c), {}, {}});
  }
  telling_.set(1);
}

void deliverer::run(const std::atomic<bool>& stop) {
  pipeline::outage_pause pause("deliverer", "telling people of alerts", metrics_);
  if (addressees_.empty())
    log::info("nobody is told of alerts: neither an Alertmanager nor a webhook is set", {{"do", "set MILLRACE_ALERTMANAGER_URL or MILLRACE_NOTIFY_WEBHOOK_URL"}});
  while (!stop)
    try {
      deliver(stop);
    } catch (const outage& e) {
      producer_.reset();
      health_.bad(e.what(), e.hint());
      pause.wait(e, stop);
    }
}

void deliverer::deliver(const std::atomic<bool>& stop) {
  postgres::connection c(service_.postgres, service_.name + "/deliverer");
  const auto lock = std::to_string(advisory_lock(service_, "deliverer"));
  while (!stop && c.query("select pg_try_advisory_lock($1::bigint)", {lock}).text(0, 0) != "t") {
    health_.good(); // another process does it, and says so
    telling_.set(1);
    pipeline::rest(stop, 2s);
  }
  holding hold(service_);
  while (!stop) {
    const auto why = addressees_.empty() ? std::nullopt : hold.why(c);
    telling_.set(why ? 0 : 1);
    health_.good();
    if (why || !step(c, stop))
      pipeline::rest(stop, between_looks);
  }
}

// False when there is nothing to do.
bool deliverer::step(postgres::connection& c, const std::atomic<bool>& stop) {
  publish_answered(c);
  deliveries_.forget_old(c);
  bool did = false;
  for (auto& a : addressees_) {
    const auto open = deliveries_.open(c, a.to->name());
    metrics_.gauge("millrace_notices_left", "Notices that this channel is still to be told, counted up to 100", {{"channel", a.to->name()}}).set(static_cast<double>(open.size()));
    for (const auto& d : open) {
      if (stop || std::chrono::steady_clock::now() < a.down_until || !tell(c, a, d))
        break;
      did = true;
    }
  }
  return did;
}

// False when the channel took nothing: then the others of it wait as well.
bool deliverer::tell(postgres::connection& c, addressee& a, delivery d) {
  const bool capped = !d.said.resolved && deliveries_.raised_this_hour(c, d.project_id, d.channel) >= raised_an_hour_;
  if (capped && !sum_up(c, a, d))
    return false;
  deliveries_.begin(c, d);
  point("sending");
  if (capped) {
    d.outcome = "capped";
  } else {
    const auto came = send(a, d.said);
    point("sent");
    if (came.what == answered::unknown)
      return false; // it may have arrived: the row says so
    if (came.what == answered::not_now) {
      deliveries_.take_back(c, d);
      return false;
    }
    d.outcome = came.what == answered::taken ? "sent" : "refused";
  }
  deliveries_.answer(c, d, d.outcome);
  metrics_.counter("millrace_notices_total", "Notices that were told, by channel and what came of it", {{"channel", d.channel}, {"outcome", d.outcome}}).add();
  point("answered");
  publish_answered(c);
  return true;
}

// One message for all that an hour has beyond the cap.
bool deliverer::sum_up(postgres::connection&, addressee& a, const delivery& first) {
  const auto now = std::chrono::steady_clock::now();
  const auto known = summed_up_.find({first.project_id, a.to->name()});
  if (known != summed_up_.end() && now - known->second < 1h)
    return true;
  notice n{first.said.project, "alerts_capped", "", format("more than {} new alerts within an hour: the further ones are in alert_events only", raised_an_hour_), millrace::now(), false, {}};
  n.resolved_at = instant{n.start.us + 3600 * second_us};
  const auto came = send(a, n);
  if (came.what != answered::taken && came.what != answered::refused)
    return false;
  summed_up_[{first.project_id, a.to->name()}] = now;
  return true;
}

answer deliverer::send(addressee& a, const notice& n) {
  auto came = a.to->send(n, now());
  auto& up = metrics_.gauge("millrace_notifier_ok", "1 while this channel takes what it is told", {{"channel", a.to->name()}});
  if (came.what == answered::taken || came.what == answered::refused) {
    up.set(1);
    a.next_wait = {};
    if (came.what == answered::refused)
      log::error("a notice is refused", {{"channel", a.to->name()}, {"kind", n.kind}, {"subject", n.subject}, {"why", came.why}, {"do", "see what the channel says: this notice is not sent again"}});
    return came;
  }
  up.set(0);
  a.next_wait = std::clamp(a.next_wait * 2, least_wait, longest_wait);
  a.down_until = std::chrono::steady_clock::now() + a.next_wait;
  log::warning("a channel does not take notices: they wait", {{"channel", a.to->name()}, {"why", came.why}, {"do", "is its address right, and does it run?"},
                                                              {"again_in_ms", static_cast<std::int64_t>(a.next_wait.count())}});
  return came;
}

void deliverer::publish_answered(postgres::connection& c) {
  for (const auto& d : deliveries_.answered(c))
    publish(c, d);
}

void deliverer::publish(postgres::connection& c, const delivery& d) {
  if (!producer_)
    producer_ = std::make_unique<kafka::producer>(service_.kafka, delivery_most, [](void* into, const kafka::delivery& k) { *static_cast<bool*>(into) = k.stored; });
  const auto e = told_event(d);
  stored_ = false;
  if (!producer_->send(topic_, e.partition_key, e.body, encode_headers(e), &stored_) || !producer_->flush(delivery_most + 5s) || !stored_)
    throw outage("Kafka did not take what was told", true, "is Kafka running, and is the topic " + topic_ + " there? `millrace topics apply`");
  point("published");
  deliveries_.told(c, d, uuid_v8(e.key_hash()));
}

} // namespace millrace::alerting
