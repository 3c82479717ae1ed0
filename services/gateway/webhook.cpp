#include "webhook.hpp"

#include "core/format.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "json/writer.hpp"
#include "provider/family.hpp"
#include "provider/request.hpp"
#include "provider/verify.hpp"

#include <algorithm>

namespace millrace::gateway {

namespace {

constexpr std::string_view webhooks = "/webhooks/";

bool takes_get(const source& s) { return s.family_of->body == family::body_kind::form; }
std::string_view allowed_methods(const source& s) { return takes_get(s) ? "POST, GET, OPTIONS" : "POST, OPTIONS"; }

// As the sender was told to reach us; without such a setting as it says that it did.
std::string public_url(const source& s, const http::request& r) {
  if (!s.public_url.empty())
    return s.public_url + std::string(r.target);
  std::string_view scheme = r.secure ? "https://" : "http://", host = r.header("host");
  std::string url;
  url.reserve(scheme.size() + host.size() + r.target.size());
  return url.append(scheme).append(host).append(r.target);
}

bool may_stand_behind(const source& s, std::string_view rest) {
  if (rest.empty() || s.path_secret.empty())
    return rest.empty();
  rest.remove_prefix(1);
  std::size_t end = rest.find('/');
  return end == std::string_view::npos || (end > 0 && end + 1 == rest.size());
}

bool is_refused(const source& s, const verdict& v) {
  bool wrong_door = v.reason == "address" || v.reason == "path";
  return v.result == verdict::outcome::no && (s.mode != mode::shadow || wrong_door);
}

std::chrono::milliseconds most_wait(const source& s, const webhook_limits& limits) {
  return std::min(limits.answer_time, s.of->answers.sender_timeout / 3);
}

} // namespace

webhook::webhook(sink& where, const catalogue& profiles, const webhook_limits& limits, metrics::registry& registry)
    : sink_(where), profiles_(profiles), limits_(limits), registry_(registry) {
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
// may follow, as the last one (whether it is the secret is verify's business).
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
  bool is_get = head.method == "GET" && takes_get(s);
  std::string_view encoding = head.header("content-encoding");
  if (head.method == "OPTIONS") {
    answer_options(s, out);
  } else if (head.method != "POST" && !is_get) {
    answer_problem(*served_, &s, answer::wrong_method, {}, out);
    out.header("Allow", allowed_methods(s));
  } else if (!is_get && !s.family_of->takes(head.header("content-type"))) {
    answer_problem(*served_, &s, answer::wrong_type, "content_type", out);
  } else if (!encoding.empty() && !ascii_iequals(encoding, "identity")) {
    answer_problem(*served_, &s, answer::wrong_type, "content_encoding", out);
  } else if (is_overloaded()) {
    answer_problem(*served_, &s, answer::overloaded, "in_flight", out);
  } else {
    return s.body_bytes_max;
  }
  return std::nullopt;
}

bool webhook::is_overloaded() const {
  sink::load now = sink_.in_flight();
  return now.events >= limits_.events_in_flight || now.bytes >= limits_.bytes_in_flight;
}

// ── verify → events → publish ──

http::task<void> webhook::take(const http::request& r, http::reply& out) {
  const std::shared_ptr<served> by = served_; // a reload meanwhile does not concern this request
  const steady::time_point begun = steady::now();
  const route at = route_of(r.target);
  if (!at.to) { // went with a reload, between header and body
    answer_unknown(at, out);
    co_return;
  }
  const source& s = *at.to;
  const std::string url = public_url(s, r);
  const webhook_request request{r.method, r.target, url, r.headers, r.body, now(), r.peer};

  const verdict v = verify(s, request);
  by->verified(s, v);
  if (is_refused(s, v)) {
    answer_problem(*by, &s, answer::bad_signature, v.reason, out);
    log::warning("refused a signature", {{"source", s.of->name + "/" + s.name}, {"reason", v.reason}, {"scheme", v.scheme},
                                         {"do", hint_of(v.reason)}});
    co_return;
  }
  if (!by->sources().allow(s, begun)) {
    answer_problem(*by, &s, answer::over_rate, {}, out);
    co_return;
  }

  const split_post post = split(s, v, request);
  if (!post.handshake_body.empty()) {
    answer_handshake(*by, s, post, out);
    co_return;
  }
  if (post.all_foreign) {
    answer_problem(*by, &s, answer::foreign_account, {}, out);
    co_return;
  }

  const stored result = co_await sink_.store(s.of->topic, post.events, most_wait(s, limits_));
  const answer a = result.where ? answer::accepted : result.why_not == "queue_full" ? answer::overloaded : answer::unavailable;
  if (result.where)
    answer_accepted(*by, s, post.events, *result.where, out);
  else
    answer_problem(*by, &s, a, result.why_not, out);
  by->took(a, std::chrono::duration<double>(steady::now() - begun).count());
}

void webhook::refuse(http::http_fault why, const http::request& head, http::reply& out) {
  answer_problem(*served_, route_of(head.target).to, answer_of(why), {}, out);
}

// ── the answers ──

void webhook::name_request(http::reply& out) { out.header("Millrace-Request-Id", ids_.next()); }

void webhook::answer_accepted(served& by, const source& s, const std::vector<event>& events, durability where,
                              http::reply& out) {
  const std::string& id = ids_.next();
  out.status = s.of->answers.accepted;
  out.header("Millrace-Request-Id", id);
  out.header("Millrace-Durability", name_of(where));
  switch (s.of->answers.accepted_body) {
  case answers::body::ids: {
    json::writer body;
    body.begin_object().name("request_id").string(id).name("durability").string(name_of(where)).name("events").begin_array();
    for (const event& e : events)
      body.string(e.dedupe_key);
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
  by.answered(&s, answer::accepted, {});
}

void webhook::answer_handshake(served& by, const source& s, const split_post& post, http::reply& out) {
  out.status = status_of(answer::handshake, s.of->answers);
  name_request(out);
  out.body = post.handshake_body;
  out.content_type = post.handshake_content_type == "application/json" ? "application/json" : "text/plain; charset=utf-8";
  by.answered(&s, answer::handshake, {});
}

void webhook::answer_options(const source& s, http::reply& out) {
  out.status = status_of(answer::options, s.of->answers);
  name_request(out);
  out.header("Allow", allowed_methods(s));
  served_->answered(&s, answer::options, {});
}

void webhook::answer_unknown(const route& at, http::reply& out) {
  if (!at.is_webhook)
    return answer_problem(*served_, nullptr, answer::unknown_page, {}, out);
  const profile* of = profiles_.find(at.provider);
  answer a = served_->sources().is_young(steady::now()) ? answer::unknown_source_young : answer::unknown_source;
  name_request(out);
  write_problem(a, of ? of->answers : default_answers(), ids_.last(), out);
  served_->answered(nullptr, a, {});
}

void webhook::answer_problem(served& by, const source* s, answer a, std::string_view reason, http::reply& out) {
  name_request(out);
  write_problem(a, s ? s->of->answers : default_answers(), ids_.last(), out);
  by.answered(s, a, reason);
}

} // namespace millrace::gateway
