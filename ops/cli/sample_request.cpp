#include "sample_request.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "provider/events.hpp"
#include "provider/family.hpp"
#include "provider/source_key.hpp"

#include <algorithm>
#include <cctype>

namespace millrace::cli {
namespace {

std::string query_of(std::string_view url) {
  const std::size_t at = url.find('?');
  return at == std::string_view::npos ? std::string() : std::string(url.substr(at));
}

// What the example calls, behind the source's path.
std::string call_of(const example& e) {
  const std::string source = "/webhooks/" + e.provider + "/" + e.source;
  const std::string_view path = std::string_view(e.url).substr(0, e.url.find('?'));
  const std::size_t at = path.find(source + "/");
  return at == std::string_view::npos ? std::string() : std::string(path.substr(at + source.size()));
}

bool is_json(const outgoing& request) { return trim(request.body).starts_with('{') || trim(request.body).starts_with('['); }

// The source and the verdict as the gateway would have them, for what only needs names and scopes.
std::vector<event> events_of(const sample& s, const outgoing& request, instant now) {
  const profile* p = s.profiles->find(s.sender->provider);
  if (!p)
    return {};
  const auto f = p->families.find(s.sender->family);
  if (f == p->families.end())
    return {};
  source from;
  from.name = s.sender->source;
  from.of = p;
  from.family_of = f->second;
  from.family_name = s.sender->family;
  for (const std::string& account : s.sender->accounts)
    account == "*" ? void(from.any_account = true) : void(from.accounts.insert(account));
  from.app_ids.insert(s.sender->app_ids.begin(), s.sender->app_ids.end());
  source_key any;
  any.id = "any";
  any.accounts = any.types = {"*"};
  verdict held;
  held.result = s.key ? verdict::outcome::yes : verdict::outcome::none;
  held.rule = s.key ? s.key->rule : nullptr;
  held.key = s.key ? &any : nullptr;
  held.key_id = any.id;
  std::vector<std::pair<std::string_view, std::string_view>> headers(request.headers.begin(), request.headers.end());
  webhook_request view{};
  const std::size_t path = request.url.find('/', request.url.find("//") + 2);
  view.method = request.method;
  view.url = request.url;
  view.target = path == std::string::npos ? std::string_view("/") : std::string_view(request.url).substr(path);
  view.headers = headers;
  view.body = request.body;
  view.received = now;
  return split(from, held, view).events;
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// A form's parameter set to a text; added where it is not there.
void set_parameter(std::string& form, std::string_view name, std::string_view value) {
  const std::string pair = percent_encode(name) + "=" + percent_encode(value);
  for (std::size_t at = 0; at < form.size();) {
    const std::size_t end = std::min(form.find('&', at), form.size());
    if (form.compare(at, name.size() + 1, std::string(name) + "=") == 0) {
      form.replace(at, end - at, pair);
      return;
    }
    at = end + 1;
  }
  form += (form.empty() ? "" : "&") + pair;
}

// Another value in the body, whichever form it has.
result<void> set_value(outgoing& request, const std::string& pointer, const std::string& value) {
  if (request.method != "GET" && !is_json(request)) {
    const auto text = json::parse(value);
    set_parameter(request.body, std::string_view(pointer).substr(1), text ? text->root().text() : std::string_view(value));
    return {};
  }
  auto body = with_member(request.body, pointer, value);
  if (!body)
    return body.error();
  request.body = *std::move(body);
  return {};
}

// ── another event of the same entity ──

// The event's own id, where the dedupe_key ends in one that stands in the body.
std::string own_id(const sample& s, const outgoing& request, instant now) {
  const auto events = events_of(s, request, now);
  if (events.empty())
    return {};
  const std::string& key = events.front().dedupe_key;
  const auto id = percent_decode(key.substr(key.rfind(':') + 1));
  const std::string written = !id ? "" : is_json(request) ? json::quote(*id) : "=" + *id;
  return id && (request.body + request.url).find(written) != std::string::npos ? *id : std::string();
}

result<outgoing> made_another(const sample& s, outgoing request, const std::string& by, instant now) {
  if (const std::string id = own_id(s, request, now); !id.empty()) {
    if (is_json(request)) {
      replace_all(request.body, json::quote(id), json::quote(id + "-" + by));
    } else {
      replace_all(request.body, "=" + id, "=" + id + "-" + by);
      replace_all(request.url, "=" + id, "=" + id + "-" + by);
    }
    return request;
  }
  std::erase_if(request.headers, [](const auto& h) { return ascii_iequals(h.first, "webhook-id"); });
  if (!is_json(request)) {
    (request.method == "GET" ? request.url : request.body) += "&MillraceSample=" + percent_encode(by);
    return request;
  }
  if (!trim(request.body).starts_with('{'))
    return bad("bad_body", s.of->id(), "an array cannot be varied: send it as it is");
  auto body = with_member(request.body, "/millrace_sample", json::quote(by));
  if (!body)
    return body.error();
  request.body = *std::move(body);
  return request;
}

// ── said earlier ──

// The text of a time, written in the form of `like`; nothing when `like` is not a writing of `t`.
std::optional<std::string> in_form_of(std::string_view like, instant t, instant wanted) {
  const auto digits = [](std::int64_t n) { return std::to_string(n); };
  if (like == digits(t.us / second_us))
    return digits(wanted.us / second_us);
  if (like == digits(t.us / 1000))
    return digits(wanted.us / 1000);
  const auto parsed = parse_rfc3339(like, 0);
  if (!parsed || *parsed != t)
    return std::nullopt;
  std::string text = to_rfc3339(wanted).substr(0, 19);
  if (like.size() > 10)
    text[10] = like[10];
  return text + (like.ends_with('Z') ? "Z" : "");
}

// Replaces every writing of `t` below `v`, last first, so that offsets hold.
void find_writings(const json::value& v, instant t, std::vector<json::value>& found) {
  if (v.is(json::kind::string) || v.is(json::kind::number)) {
    if (in_form_of(v.text(), t, t))
      found.push_back(v);
    return;
  }
  if (v.is(json::kind::object) || v.is(json::kind::array))
    for (const json::value child : v.children())
      find_writings(child, t, found);
}

result<std::string> with_time_moved(const std::string& body, instant from, instant to) {
  const auto document = json::parse(body);
  if (!document)
    return bad("no_time", "", "the body is no JSON whose time could be moved");
  std::vector<json::value> found;
  find_writings(document->root(), from, found);
  if (found.empty())
    return bad("no_time", "", "the body says no time that could be moved");
  std::string out = body;
  for (auto v = found.rbegin(); v != found.rend(); ++v) {
    const std::string text = *in_form_of(v->text(), from, to);
    out.replace(static_cast<std::size_t>(v->source().data() - body.data()), v->source().size(), v->is(json::kind::string) ? json::quote(text) : text);
  }
  return {boost::system::in_place_value, std::move(out)};
}

result<outgoing> said_earlier(const sample& s, outgoing request, std::int64_t earlier_s, instant now) {
  const auto events = events_of(s, request, now);
  if (events.empty() || !events.front().said_time)
    return bad("no_time", s.of->id(), "this webhook says no time: out of order makes no difference to it");
  const instant said = *events.front().said_time;
  auto body = with_time_moved(request.body, said, instant{said.us - earlier_s * second_us});
  if (!body)
    return body.error();
  request.body = *std::move(body);
  return request;
}

// A recording grows too old for the window in which the gateway takes a signed time.
result<outgoing> kept_young(const sample& s, outgoing request, instant now) {
  if (!s.key || s.key->rule->timestamp.at.where != request_place::kind::pointer || !s.key->rule->timestamp.optional)
    return request;
  const std::int64_t age_s = (now.us - s.of->received.us) / second_us;
  if (age_s >= 0 && age_s <= s.key->rule->timestamp.past_s / 2)
    return request;
  const auto body = json::parse(request.body);
  const auto time = body ? body->root().at(s.key->rule->timestamp.at.name) : std::nullopt;
  const auto said = time ? parse_rfc3339(time->text(), 0) : result<instant>(bad("no_time", "", ""));
  if (!said)
    return request;
  const instant moved{said->us + age_s * second_us};
  auto made = with_member(request.body, s.key->rule->timestamp.at.name, json::quote(to_rfc3339(moved)));
  if (made)
    request.body = *std::move(made);
  return request;
}

// Another character of the same kind.
char other(char c) { return c == '9' ? '8' : c == 'z' ? 'y' : c == 'Z' ? 'Y' : static_cast<char>(c + 1); }

void change_a_byte(std::string& text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i)
    if (std::isalnum(static_cast<unsigned char>(text[i]))) {
      text[i] = other(text[i]);
      return;
    }
}

} // namespace

result<outgoing> unsigned_request(const sample& s, const variation& v, instant now) {
  outgoing request;
  request.method = s.of->method;
  request.url = s.sender->url(s.gateway) + call_of(*s.of) + (s.of->method == "GET" ? query_of(s.of->url) : "");
  request.headers = s.of->headers;
  if (s.key && !s.key->rule->ring.empty()) // what a caller makes up for each call, signing does
    std::erase_if(request.headers, [](const auto& h) { return ascii_iequals(h.first, "x-auth-nonce"); });
  request.body = s.of->body;
  for (const auto& [pointer, value] : v.set)
    if (const auto done = set_value(request, pointer, value); !done)
      return done.error();
  auto made = kept_young(s, std::move(request), now);
  if (made && !v.another.empty())
    made = made_another(s, *std::move(made), v.another, now);
  if (made && v.earlier_s != 0)
    made = said_earlier(s, *std::move(made), v.earlier_s, now);
  return made;
}

result<outgoing> signed_request(const sample& s, const outgoing& request, instant now) {
  if (!s.key)
    return request;
  const std::string id = "msg_" + to_hex(crypto::sha256(s.of->id() + "\n" + request.url + "\n" + request.body)).substr(0, 24);
  return sign(*s.key, request, now, id);
}

outgoing tampered(const sample& s, outgoing request) {
  if (s.key && !s.key->rule->covers_body()) {
    const request_place& at = s.key->rule->at;
    if (at.where == request_place::kind::pointer) {
      const auto body = json::parse(request.body);
      if (const auto v = body ? body->root().at(at.name) : std::nullopt)
        change_a_byte(request.body, static_cast<std::size_t>(v->source().data() - request.body.data()));
      return request;
    }
    const std::string header = at.name.empty() ? "authorization" : at.name;
    for (auto& [name, value] : request.headers)
      if (ascii_iequals(name, header))
        change_a_byte(value, value.size() / 2);
    return request;
  }
  if (request.method == "GET")
    change_a_byte(request.url, request.url.find('=') + 1);
  else
    change_a_byte(request.body, request.body.size() / 2);
  return request;
}

std::vector<std::string> dedupe_keys_of(const sample& s, const outgoing& request, instant now) {
  std::vector<std::string> keys;
  for (const event& e : events_of(s, request, now))
    keys.push_back(e.dedupe_key);
  return keys;
}

} // namespace millrace::cli
