#include "webhook.hpp"

#include "core/format.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "json/writer.hpp"
#include "provider/family.hpp"
#include "provider/request.hpp"
#include "provider/verify.hpp"
#include "routes.hpp"

#include <algorithm>

namespace millrace::gateway {

namespace {

// As the sender was told to reach us; without such a setting as it says that it did.
std::string public_url(const source& s, const http::request& r) {
  if (!s.public_url.empty())
    return s.public_url + std::string(r.target);
  std::string_view scheme = r.secure ? "https://" : "http://", host = r.header("host");
  std::string url;
  url.reserve(scheme.size() + host.size() + r.target.size());
  return url.append(scheme).append(host).append(r.target);
}

bool is_refused(const source& s, const verdict& v) {
  bool wrong_door = v.reason == "address" || v.reason == "path";
  return v.result == verdict::outcome::no && (s.mode != mode::shadow || wrong_door);
}

std::chrono::milliseconds most_wait(const source& s, const webhook_limits& limits) {
  return std::min(limits.answer_time, s.of->answers.sender_timeout / 3);
}

// What the answer names, while the events themselves go on to Kafka.
std::vector<std::string> ids_to_tell(const source& s, const std::vector<event>& events) {
  std::vector<std::string> ids;
  if (s.of->answers.accepted_body != answers::body::ids)
    return ids;
  ids.reserve(events.size());
  for (const event& e : events)
    ids.push_back(e.dedupe_key);
  return ids;
}

// One by one, so that a large post is never there twice.
std::vector<outgoing> records_of(std::vector<event> events, const request_trace& trace) {
  std::vector<outgoing> records;
  records.reserve(events.size());
  for (event& e : events) {
    trace.carry_on(e);
    records.emplace_back(std::exchange(e, {}));
  }
  return records;
}

sink::load size_of(const std::vector<outgoing>& records) {
  sink::load size{records.size(), 0};
  for (const outgoing& r : records)
    size.bytes += r.bytes();
  return size;
}

} // namespace

webhook::webhook(sink& where, const catalogue& profiles, const webhook_limits& limits, shedding& sheds, worker_calls& calls, asking& database,
                 metrics::registry& registry, tracing::tracer* traces)
    : sink_(where), profiles_(profiles), limits_(limits), sheds_(sheds), calls_(calls), database_(database), registry_(registry), traces_(traces) {
  serve(std::make_shared<directory>(std::make_shared<sources>(), steady::now()));
}

void webhook::serve(std::shared_ptr<const directory> d) {
  served_ = std::make_shared<served>(std::move(d), registry_);
}

// ── webhook: what the header alone decides ──

std::optional<std::size_t> webhook::begin(const http::request& head, http::reply& out) {
  route at = route_of(head.target);
  if (!at.to) {
    answer_unknown(at, out);
    return std::nullopt;
  }
  return admit(*at.to, head, out);
}

// "/webhooks/<provider>/<source>" and nothing behind it; where the source has a secret path segment, one more segment
// may follow, as the last one (whether it is the secret is verify's business); where it has calls, one of them must.
webhook::route webhook::route_of(std::string_view target) const {
  route at;
  std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(webhooks))
    return at;
  path.remove_prefix(webhooks.size());
  at.is_webhook = true;
  std::size_t slash = path.find('/');
  at.provider = path.substr(0, slash);
  if (slash == std::string_view::npos)
    return at;
  path.remove_prefix(slash + 1);
  slash = std::min(path.find('/'), path.size());
  at.to = served_->sources().find(at.provider, path.substr(0, slash));
  if (at.to && !may_stand_behind(*at.to, path.substr(slash)))
    return {};
  return at;
}

// How long the body may be; or the answer.
std::optional<std::size_t> webhook::admit(const source& s, const http::request& head, http::reply& out) {
  const family& f = *s.family_of;
  bool is_get = head.method == "GET" && takes_get(f, f.call_of(path_of(head.target)));
  std::string_view encoding = head.header("content-encoding");
  const asked by{*served_, &s};
  if (head.method == "OPTIONS") {
    answer_options(by, head.target, out);
  } else if (head.method != "POST" && !is_get) {
    answer_problem(by, answer::wrong_method, {}, out);
    out.header("Allow", allowed_methods(f, f.call_of(path_of(head.target))));
  } else if (!is_get && !f.takes(head.header("content-type"))) {
    answer_problem(by, answer::wrong_type, "content_type", out);
  } else if (!encoding.empty() && !ascii_iequals(encoding, "identity")) {
    answer_problem(by, answer::wrong_type, "content_encoding", out);
  } else if (is_overloaded()) {
    answer_problem(by, answer::overloaded, "in_flight", out);
  } else {
    return s.body_bytes_max;
  }
  return std::nullopt;
}

bool webhook::is_overloaded() const {
  sink::load now = sink_.in_flight();
  return now.events >= limits_.events_in_flight || now.bytes >= limits_.bytes_in_flight;
}

split_limits webhook::limits_of_a_post() const {
  return {std::min(limits_.post_events, limits_.events_in_flight), limits_.bytes_in_flight};
}

bool webhook::has_room_for(sink::load more) const {
  sink::load now = sink_.in_flight();
  return now.events + more.events <= limits_.events_in_flight && now.bytes + more.bytes <= limits_.bytes_in_flight;
}

// ── verify → events → publish ──

http::task<void> webhook::take(const http::request& r, http::reply& out) {
  const std::shared_ptr<served> serving = served_; // a reload meanwhile does not concern this request
  const route at = route_of(r.target);
  if (!at.to) { // went with a reload, between header and body
    answer_unknown(at, out);
    co_return;
  }
  const source& s = *at.to;
  const asked by{*serving, &s};
  const std::string url = public_url(s, r);
  const webhook_request request{r.method, r.target, url, r.headers, r.body, now(), r.peer};

  if (!s.family_of->ring().empty() && !calls_.is_current()) {
    answer_problem(by, answer::unavailable, "keys", out);
    co_return;
  }
  const verdict v = verify(s, request, &calls_.ring());
  serving->verified(s, v);
  if (is_refused(s, v)) {
    answer_problem(by, answer::bad_signature, v.reason, out);
    log::warning("refused a signature", {{"source", s.of->name + "/" + s.name}, {"reason", v.reason}, {"scheme", v.scheme},
                                         {"do", hint_of(v.reason)}});
    co_return;
  }
  if (!serving->sources().allow(s, by.begun)) {
    answer_problem(by, answer::over_rate, {}, out);
    co_return;
  }

  request_trace trace(traces_, r, s, out);
  if (v.of_ring) {
    co_await take_call(by, v, request, trace, out);
    co_return;
  }

  split_post post = split(s, v, request, limits_of_a_post());
  if (!post.handshake_body.empty()) {
    answer_handshake(by, post, out);
    co_return;
  }
  if (!post.too_large.empty()) {
    answer_problem(by, answer::post_too_large, post.too_large, out);
    co_return;
  }
  if (post.all_foreign) {
    answer_problem(by, answer::foreign_account, {}, out);
    co_return;
  }

  // The header was let in without knowing how many events follow: all of them go through, or none.
  const std::vector<std::string> ids = ids_to_tell(s, post.events);
  std::vector<outgoing> records = records_of(std::move(post.events), trace);
  const sink::load size = size_of(records);
  if (size.bytes > limits_.bytes_in_flight) {
    answer_problem(by, answer::post_too_large, "bytes", out);
    co_return;
  }
  if (!has_room_for(size)) {
    answer_problem(by, answer::overloaded, "in_flight", out);
    co_return;
  }

  trace.publishes(s.of->topic, size.events);
  const stored result = co_await sink_.store(s.of->topic, std::move(records), most_wait(s, limits_));
  trace.published(result);
  if (result.where)
    answer_accepted(by, ids, *result.where, out);
  else
    answer_not_stored(by, result, out);
}

// ── a call of a lead worker: admit → publish → accept → answer ──

http::task<void> webhook::take_call(const asked& by, const verdict& v, const webhook_request& request, request_trace& trace, http::reply& out) {
  const source& s = *by.of;
  const read_call read = read_worker_call(s, v, request);
  if (read.problem) {
    answer_problem(by, *read.problem, read.reason, out);
    co_return;
  }
  // Made before it is admitted: what is admitted must not fail for its size.
  std::vector<std::string> ids;
  std::optional<std::vector<outgoing>> records = records_of_call(by, v, request, trace, ids, out);
  if (!records)
    co_return;
  const worker_calls::permit p = co_await calls_.admit(database_, s, read.call);
  if (p.problem || p.is_repeat) {
    p.problem ? answer_problem(by, *p.problem, p.reason, out) : answer_call(by, read.call, p.answer, {}, out);
    co_return;
  }
  if (p.grant)
    records->push_back(calls_.claimed(s, *p.grant, request.received));
  trace.publishes(s.of->topic, records->size());
  const stored result = co_await sink_.store(s.of->topic, *std::move(records), most_wait(s, limits_));
  trace.published(result);
  if (!result.where) {
    answer_not_stored(by, result, out);
    co_return;
  }
  co_await calls_.accept(database_, read.call, p.grant.has_value());
  out.header("Millrace-Durability", name_of(*result.where));
  answer_call(by, read.call, p.answer, ids, out);
}

std::optional<std::vector<outgoing>> webhook::records_of_call(const asked& by, const verdict& v, const webhook_request& request, const request_trace& trace,
                                                              std::vector<std::string>& ids, http::reply& out) {
  split_post post = split(*by.of, v, request, limits_of_a_post());
  for (const event& e : post.events)
    ids.push_back(e.dedupe_key);
  std::vector<outgoing> records = records_of(std::move(post.events), trace);
  if (has_room_for(size_of(records)))
    return records;
  answer_problem(by, answer::overloaded, "in_flight", out);
  return std::nullopt;
}

// `body` is what admission keeps for a repeat; of a report it says whether it is stale, and the events are told.
void webhook::answer_call(const asked& by, const worker_call& call, const std::string& body, const std::vector<std::string>& ids, http::reply& out) {
  name_request(out);
  out.status = by.of->of->answers.accepted;
  out.content_type = "application/json";
  if (call.asks != worker_call::what::report) {
    out.body = body;
  } else {
    json::writer w;
    w.begin_object().name("ok").boolean(true);
    if (body == "stale")
      w.name("stale").boolean(true);
    w.name("events").begin_array();
    for (const std::string& id : ids)
      w.string(id);
    out.body = w.end_array().end_object().take();
  }
  count(by, answer::accepted, {});
}

void webhook::answer_not_stored(const asked& by, const stored& result, http::reply& out) {
  answer_problem(by, result.why_not == "queue_full" ? answer::overloaded : answer::unavailable, result.why_not, out);
}

void webhook::refuse(http::http_fault why, const http::request& head, http::reply& out) {
  answer_problem({*served_, route_of(head.target).to}, answer_of(why), why == http::http_fault::overloaded ? "buffers" : "", out);
}

// ── the answers ──

void webhook::name_request(http::reply& out) { out.header("Millrace-Request-Id", ids_.next()); }

void webhook::answer_accepted(const asked& by, const std::vector<std::string>& ids, durability where, http::reply& out) {
  const answers& says = by.of->of->answers;
  const std::string& id = ids_.next();
  out.status = says.accepted;
  out.header("Millrace-Request-Id", id);
  out.header("Millrace-Durability", name_of(where));
  switch (says.accepted_body) {
  case answers::body::ids: {
    json::writer body;
    body.begin_object().name("request_id").string(id).name("durability").string(name_of(where)).name("events").begin_array();
    for (const std::string& event_id : ids)
      body.string(event_id);
    out.body = body.end_array().end_object().take();
    out.content_type = "application/json";
    break;
  }
  case answers::body::twiml:
    out.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
    out.content_type = "text/xml";
    break;
  case answers::body::empty:
    break;
  }
  count(by, answer::accepted, {});
}

void webhook::answer_handshake(const asked& by, const split_post& post, http::reply& out) {
  out.status = status_of(answer::handshake, by.of->of->answers);
  name_request(out);
  out.body = post.handshake_body;
  out.content_type = post.handshake_content_type == "application/json" ? "application/json" : "text/plain; charset=utf-8";
  count(by, answer::handshake, {});
}

void webhook::answer_options(const asked& by, std::string_view target, http::reply& out) {
  out.status = status_of(answer::options, by.of->of->answers);
  name_request(out);
  const family& f = *by.of->family_of;
  out.header("Allow", allowed_methods(f, f.call_of(path_of(target))));
  count(by, answer::options, {});
}

void webhook::answer_unknown(const route& at, http::reply& out) {
  const asked by{*served_, nullptr};
  if (!at.is_webhook)
    return answer_problem(by, answer::unknown_page, {}, out);
  const profile* of = profiles_.find(at.provider);
  answer a = served_->sources().is_young(steady::now()) ? answer::unknown_source_young : answer::unknown_source;
  name_request(out);
  write_problem(a, of ? of->answers : default_answers(), ids_.last(), out);
  count(by, a, {});
}

void webhook::answer_problem(const asked& by, answer a, std::string_view reason, http::reply& out) {
  name_request(out);
  write_problem(a, by.of ? by.of->of->answers : default_answers(), ids_.last(), out);
  if (a == answer::overloaded)
    sheds_.shed(reason, steady::now());
  count(by, a, reason);
}

void webhook::count(const asked& by, answer a, std::string_view reason) {
  by.by.answered(by.of, a, reason, std::chrono::duration<double>(steady::now() - by.begun).count());
}

} // namespace millrace::gateway
