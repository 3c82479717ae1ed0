#include "provider/facts.hpp"

#include "core/encoding.hpp"
#include "json/writer.hpp"
#include "provider/body.hpp"
#include "provider/compiled_rules.hpp"
#include "provider/coverage.hpp"
#include "provider/family.hpp"
#include "provider/fields.hpp"

namespace millrace {
namespace {

using outcome = reading::outcome;

void set(reading& r, outcome what, std::string code, std::string detail) {
  r.what = what;
  r.code = std::move(code);
  r.detail = std::move(detail);
}

// "bad_json at byte 17: …" → `bad_json` and the rest.
void set_unreadable(reading& r, const std::string& why) {
  const auto end = why.find_first_of(" :");
  const auto rest = why.find_first_not_of(" :", end);
  set(r, outcome::error, why.substr(0, end), rest == std::string::npos ? "" : why.substr(rest));
}

void keep_bytes(reading& r, const event& e) {
  json::writer w;
  w.begin_object().name("unreadable_base64").string(to_base64(e.body)).end_object();
  r.payload_json = w.take();
}

// The payload as jsonb takes it, and whether the body can be read at all.
std::optional<read_body> read_payload(reading& r, const event& e, const family& f) {
  auto body = read_body::read(f.body, event_content(f.body, e.method, e.url, e.body));
  if (!body) {
    keep_bytes(r, e);
    set_unreadable(r, body.error().text());
    return std::nullopt;
  }
  auto payload = json::make_storable(body->document(), f.redact);
  r.payload_json = std::move(payload.json);
  r.replaced_characters = payload.replaced;
  r.doubled_members = body->doubled_members();
  return std::move(*body);
}

void read_type(reading& r, const event& e, const event_rules& rules, json::value root) {
  const places from_root(root, rules.bases, true);
  for (const auto& pointers : rules.required)
    if (!scalar_text(from_root.find(pointers)))
      return set(r, outcome::error, "missing_key", pointers[0] + ": every event of this provider has it");
  const auto* type = rules.find(e.type);
  if (!type)
    return set(r, outcome::ignored, "unknown_type", e.type);
  if (!type->ignored.empty())
    return set(r, outcome::ignored, "known", type->ignored);
  places at(root, rules.bases, false);
  at.add_headers(e.signed_headers);
  if (!all_hold(type->when, at))
    return set(r, outcome::ignored, "known", type->else_ignored);
  auto facts = read_facts(type->facts, at);
  if (!facts)
    return set(r, outcome::error, facts.error().code, facts.error().place + ": " + facts.error().detail);
  if (facts->empty())
    return set(r, outcome::ignored, "no_facts", "");
  r.what = outcome::applied;
  r.facts = std::move(*facts);
}

} // namespace

reading read_event(const catalogue& profiles, const event& e) {
  reading r;
  const auto* provider = profiles.find(e.provider);
  const auto found = provider ? provider->families.find(e.family) : decltype(provider->families.end()){};
  if (!provider || found == provider->families.end()) {
    keep_bytes(r, e);
    set(r, outcome::error, provider ? "unknown_family" : "unknown_provider",
        e.provider + (provider ? " has no family " + e.family : " has no profile here"));
    return r;
  }
  const family& f = *found->second;
  const auto body = read_payload(r, e, f);
  if (e.verdict == verified::no)
    set(r, outcome::ignored, "not_verified", "the source is in mode shadow");
  else if (!e.unreadable.empty())
    set_unreadable(r, e.unreadable);
  else if (!body)
    return r;
  else if (body->root().is(json::kind::object))
    read_type(r, e, rules_of(f), body->root());
  else if (f.array != family::array_kind::no && body->root().is(json::kind::array) && body->root().size() == 0 &&
           e.before.empty() && e.after.empty())
    set(r, outcome::ignored, "empty_array", "");
  else
    set(r, outcome::error, "wrong_kind", "an object is wanted here");
  return r;
}

} // namespace millrace
