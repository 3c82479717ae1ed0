#include "sending.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace millrace::cli {

using clock = std::chrono::steady_clock;

namespace {

double ms_since(clock::time_point began) { return std::chrono::duration<double, std::milli>(clock::now() - began).count(); }

} // namespace

bool sent::recorded() const {
  return std::all_of(rows.begin(), rows.end(), [](const row& r) { return !r.outcome.empty(); });
}

sending::sending(const cli_config& c, std::vector<fault>& faults)
    : config_(c), profiles_(profiles_of(c, faults)), topics_(topics_of(c, faults)), services_(services_of(c, *profiles_, topics_)),
      examples_(c.providers.empty() ? embedded_examples(faults) : load_examples(c.providers, faults)),
      secrets_(sources::system_secrets(c.dev_mode)), gateway_(c) {
}

void sending::read_sources(std::vector<fault>& faults) {
  auto senders = read_senders(config_.sources, *profiles_, secrets_);
  if (senders)
    senders_ = *std::move(senders);
  else
    faults.push_back(senders.error());
}

bool sending::can_follow(output& out) {
  if (tried_database_)
    return recorded_ != nullptr;
  tried_database_ = true;
  try {
    recorded_ = std::make_unique<recorded_events>(config_.postgres, services_);
  } catch (const outage&) {
    out.say("no database can be reached (PG*, MILLRACE_POSTGRES): what becomes of the events is not shown");
  }
  return recorded_ != nullptr;
}

result<const example*> sending::find_example(const std::string& id) const {
  std::vector<std::string> names, of_provider;
  for (const example& e : examples_) {
    if (e.id() == id)
      return &e;
    names.push_back(e.id());
    if (id.starts_with(e.provider) && (id.size() == e.provider.size() || id[e.provider.size()] == '/'))
      of_provider.push_back(e.id());
  }
  return bad("unknown_example", id, "there is no such example" + did_you_mean(id, of_provider.empty() ? names : of_provider));
}

result<sample> sending::sample_of(const example& e, const std::string& source, const std::string& signature) {
  const configured_sender* sender = nullptr;
  const auto found = find_sender(senders_, e.provider, e.family, source);
  if (!found)
    return found.error();
  for (const configured_sender& s : senders_)
    if (s.source == found->source)
      sender = &s;
  auto key = find_signing_key(*sender, *profiles_, signature.empty() ? e.signature : signature, config_.sender_keys, secrets_);
  if (!key && signature.empty()) // the example's own signature has no key here: any other that the source takes
    if (auto other = find_signing_key(*sender, *profiles_, "", config_.sender_keys, secrets_))
      key = std::move(other);
  if (!key)
    return key.error();
  return sample{&e, sender, profiles_.get(), *std::move(key), config_.gateway};
}

bool sending::knows(const sample& s, const outgoing& request) {
  const auto keys = dedupe_keys_of(s, request, now());
  const std::string& topic = profiles_->find(s.sender->provider)->topic;
  return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) { return recorded_->find(topic, key).has_value(); });
}

sent sending::post(const sample& s, const outgoing& request, std::chrono::milliseconds wait) {
  const auto keys = dedupe_keys_of(s, request, now());
  std::vector<std::string> known; // before the post: a second delivery is a duplicate
  const profile* p = profiles_->find(s.sender->provider);
  if (wait.count() > 0 && recorded_)
    for (const std::string& key : keys)
      if (recorded_->find(p->topic, key))
        known.push_back(key);
  sent made;
  made.title = s.of->id();
  const auto began = clock::now();
  made.answer = gateway_.post(request);
  if (made.answer.accepted() && !made.answer.durability.empty()) {
    if (made.answer.event_ids.empty())
      made.answer.event_ids = keys;
    if (wait.count() > 0 && recorded_)
      follow(s, known, wait, made, began);
  }
  return made;
}

void sending::follow(const sample& s, const std::vector<std::string>& known, std::chrono::milliseconds wait, sent& made,
                     clock::time_point began) {
  const std::string& topic = profiles_->find(s.sender->provider)->topic;
  std::set<std::string> before(known.begin(), known.end());
  for (const std::string& id : made.answer.event_ids) {
    sent::row row;
    row.event_id = id;
    auto found = recorded_->find(topic, id);
    while (!found && clock::now() - began < wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      found = recorded_->find(topic, id);
    }
    if (found) {
      row.outcome = before.insert(id).second ? found->outcome : "duplicate";
      row.table = found->table;
      row.status = found->status;
      row.error = found->error;
      row.ms = ms_since(began);
    }
    made.rows.push_back(std::move(row));
  }
}

std::string sentence_of(const sent& s, const output& out) {
  const gateway_answer& a = s.answer;
  std::string text = format("{}  {}", s.title, out.in(a.accepted() ? colour::green : colour::red, std::to_string(a.status)));
  text += a.durability.empty() ? "" : " " + a.durability;
  text += a.code.empty() ? "" : " " + a.code;
  text += format("  {:.1f} ms", a.ms);
  if (a.come_back() && !a.accepted())
    text += format("  try again{}", a.retry_after_s ? format(" in {} s", a.retry_after_s) : std::string());
  for (const sent::row& r : s.rows) {
    if (r.outcome.empty()) {
      text += "\n  not recorded yet  " + r.event_id;
      continue;
    }
    const colour c = r.outcome == "applied" ? colour::green : r.outcome == "error" || r.outcome == "stuck" ? colour::red : colour::yellow;
    text += format("\n  {}  {} {}{}  {:.1f} ms  {}", out.in(c, r.outcome), r.table.empty() ? "(no row)" : r.table, r.status,
                   r.error.empty() ? "" : ": " + r.error, r.ms, out.in(colour::dim, r.event_id));
  }
  if (s.rows.empty())
    for (const std::string& id : a.event_ids)
      text += "\n  " + out.in(colour::dim, id);
  return text;
}

json_line object_of(const sent& s) {
  json_line o("sent");
  o.text("example", s.title).number("status", s.answer.status).text("durability", s.answer.durability).text("request_id", s.answer.request_id);
  o.text("code", s.answer.code).texts("events", s.answer.event_ids).decimal("ms", s.answer.ms);
  json::writer rows;
  rows.begin_array();
  for (const sent::row& r : s.rows) {
    rows.begin_object().name("event").string(r.event_id).name("outcome");
    r.outcome.empty() ? rows.null() : rows.string(r.outcome);
    rows.name("table").string(r.table).name("status").string(r.status).name("error").string(r.error);
    rows.name("ms").number_text(format("{:.3f}", r.ms)).end_object();
  }
  o.raw("rows", rows.end_array().take());
  return o;
}

} // namespace millrace::cli
