#include "pipeline/interpret.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/uuid.hpp"
#include "crypto/hash.hpp"
#include "json/writer.hpp"
#include "pipeline/line_facts.hpp"
#include "pipeline/ticks.hpp"
#include "provider/verify.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <unordered_map>

namespace millrace::pipeline {

std::string_view name_of(outcome o) {
  switch (o) {
  case outcome::applied: return "applied";
  case outcome::ignored: return "ignored";
  case outcome::duplicate: return "duplicate";
  case outcome::error: return "error";
  case outcome::stuck: return "stuck";
  }
  throw bug("an outcome without a name");
}

namespace {

// What stands for a record that is no event: enough for its raw row.
event nameless(const kafka::record& r) {
  event e;
  e.provider = "unknown";
  e.account = "unknown";
  e.type = "bad_record";
  e.entity_id = format("{}/{}/{}", r.topic, r.partition, r.offset);
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, "0");
  e.received = instant{r.timestamp_ms * 1000};
  e.body = std::string(r.value);
  return e;
}

reading unreadable(std::string code, std::string detail) {
  reading meant;
  meant.what = reading::outcome::error;
  meant.code = std::move(code);
  meant.detail = std::move(detail);
  meant.payload_json = R"({"unreadable":true})";
  return meant;
}

// Whoever can write to the topic could write an admin event: its own signature decides, again.
bool admin_is_genuine(const service& s, const event& e) {
  return s.admin_sources && !verify_again(*s.admin_sources, e);
}

// Adds what a further domain takes. What an earlier one has taken already, equal in all, is one fact: of two domains that
// both follow a setting neither knows of the other. What one domain takes twice stays twice.
void add_domain(std::vector<fold::grouped_fact>& facts, std::vector<fold::grouped_fact> taken) {
  if (facts.empty()) {
    facts = std::move(taken);
    return;
  }
  if (taken.empty())
    return;
  const auto hash = [](const fold::grouped_fact& f) { return std::hash<std::string>()(f.kind) * 31 + std::hash<std::string>()(f.key); };
  std::unordered_multimap<std::size_t, std::size_t> there; // of earlier domains, each to be met once
  for (std::size_t n = 0; n < facts.size(); ++n)
    there.emplace(hash(facts[n]), n);
  for (auto& f : taken) {
    const auto [first, last] = there.equal_range(hash(f));
    const auto same = std::find_if(first, last, [&](const auto& t) { return facts[t.second] == f; });
    if (same == last)
      facts.push_back(std::move(f));
    else
      there.erase(same);
  }
}

void read(const service& s, interpreted& i) {
  i.meant = read_event(*s.profiles, i.said);
  if (i.said.provider == "admin" && i.meant.what == reading::outcome::applied && !admin_is_genuine(s, i.said)) {
    auto payload = std::move(i.meant.payload_json);
    i.meant = unreadable("not_verified", "the operator's signature does not verify under the keys that this service knows");
    i.meant.payload_json = std::move(payload);
  }
  switch (i.meant.what) {
  case reading::outcome::applied: i.ends = outcome::applied; break;
  case reading::outcome::ignored: i.ends = outcome::ignored; break;
  case reading::outcome::error: i.ends = outcome::error; break;
  }
  if (i.ends == outcome::error)
    i.why = i.meant.code + ": " + i.meant.detail;
  if (i.ends != outcome::applied)
    return;
  i.facts = take_line_facts(i.said, i.meant.facts);
  for (const auto* d : s.domains)
    add_domain(i.facts, d->take(i.said, i.meant.facts));
}

} // namespace

interpreted interpret(const service& s, const kafka::record& r) {
  interpreted i;
  auto decoded = decode_record(r.key, r.value, r.headers);
  if (decoded) {
    i.said = std::move(*decoded);
  } else {
    i.said = nameless(r);
    i.meant = unreadable("bad_record", decoded.error().text());
    i.ends = outcome::error;
    i.why = i.meant.code + ": " + i.meant.detail;
  }
  i.id = uuid_v8(i.said.key_hash());
  i.sha256 = crypto::sha256(i.said.body);
  if (decoded && is_tick(i.said, r.topic)) {
    i.is_tick = true;
    i.tick = time_of_tick(i.said, instant{r.timestamp_ms * 1000});
    i.ends = i.tick ? outcome::applied : outcome::ignored;
    return i;
  }
  if (decoded)
    try {
      read(s, i);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& b) { // whatever pure code throws is a bug of ours
      i.facts.clear();
      i.meant = unreadable("bug", b.what());
      i.ends = outcome::stuck;
      i.why = std::string("stuck: ") + b.what();
    }
  return i;
}

} // namespace millrace::pipeline
