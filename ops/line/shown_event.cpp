#include "line/shown_event.hpp"

#include "core/uuid.hpp"
#include "provider/facts.hpp"
#include "provider/family.hpp"
#include "provider/mask.hpp"

namespace millrace::line {
namespace {

std::string_view name_of(verified v) { return v == verified::yes ? "yes" : v == verified::no ? "no" : "none"; }
std::string_view name_of(reading::outcome o) { return o == reading::outcome::applied ? "applied" : o == reading::outcome::ignored ? "ignored" : "error"; }

masked masked_payload(const catalogue& profiles, const event& e, const std::string& payload) {
  const auto* p = profiles.find(e.provider);
  const auto f = p ? p->families.find(e.family) : decltype(p->families.end()){};
  return mask_payload(payload, p && f != p->families.end() ? std::span<const std::string>(f->second->mask) : std::span<const std::string>());
}

void say_what_it_is(shown_event& s, const event& e, const masked& hides) {
  s.provider = e.provider;
  s.family = e.family;
  s.type = e.provider + "." + e.type;
  s.subject = hides.without(e.entity_id.empty() ? e.entity_type : e.entity_type + "/" + e.entity_id);
  s.account = e.account;
  s.source = e.source;
  s.verified = name_of(e.verdict);
  s.key_id = e.key_id;
  s.dedupe_key = hides.without(e.dedupe_key);
  s.id = uuid_v8(e.key_hash());
  s.received = e.received;
  s.said_time = e.said_time;
  s.method = e.method;
  s.url = e.url.substr(0, e.url.find('?'));
  s.content_type = e.content_type;
  s.signed_headers = e.signed_headers;
  s.body_bytes = e.body.size();
  s.post_index = e.post_index;
  s.post_count = e.post_count;
}

void say_what_it_means(shown_event& s, const reading& r, const masked& hides) {
  s.outcome = name_of(r.what);
  s.code = r.code;
  s.detail = hides.without(r.detail);
  for (const said_fact& f : r.facts) {
    auto& shown = s.facts.emplace_back();
    shown.kind = f.kind;
    for (const auto& field : f.fields)
      shown.fields.push_back(field.first);
  }
  s.payload = hides.json;
}

} // namespace

shown_event show(const catalogue& profiles, const kafka::record& r) {
  shown_event s;
  s.timestamp_ms = r.timestamp_ms;
  s.topic = r.topic;
  s.partition = r.partition;
  s.offset = r.offset;
  const auto e = decode_record(r.key, r.value, r.headers);
  if (!e) {
    s.unreadable = e.error().text();
    return s;
  }
  const reading meant = read_event(profiles, *e);
  const masked hides = masked_payload(profiles, *e, meant.payload_json);
  say_what_it_is(s, *e, hides);
  say_what_it_means(s, meant, hides);
  return s;
}

} // namespace millrace::line
