#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "fold/last_said.hpp"
#include "json/writer.hpp"

namespace millrace::alerting::leads {
namespace {

using fold::cell;

constexpr std::int64_t lasts_us = 3600 * second_us; // nobody says when it is over

cell said(const fold::fact& f, std::string_view field) { return f.text_or_empty(field).empty() ? cell() : cell(f.text_or_empty(field)); }

// A list as JSON, a text as it is.
cell value_of(std::span<const fold::fact> facts) {
  for (auto f = facts.rbegin(); f != facts.rend(); ++f) {
    if (!f->says("value"))
      continue;
    const auto* list = f->list("value");
    if (!list)
      return said(*f, "value");
    json::writer w;
    w.begin_array();
    for (const auto& one : *list)
      w.string(one);
    w.end_array();
    return w.take();
  }
  return std::nullopt;
}

} // namespace

void derive_raised(std::string_view kind_and_subject, reader& r, rows_out& out) {
  alerts_of alerts("raised", kind_and_subject, out);
  const auto parts = fold::split_key(kind_and_subject);
  const auto& facts = r.facts("alert_raised", kind_and_subject);
  for (std::size_t n = 0; n < facts.size(); ++n) {
    const auto at = facts[n].time();
    if (n + 1 < facts.size() && facts[n + 1].time() == at)
      continue; // of those of one moment the last counts
    const auto message = said(facts[n], "message");
    alerts.put({parts.at(0), parts.at(1), at, at, later_by(at, lasts_us), message.value_or(parts.at(0) + " " + parts.at(1)), said(facts[n], "payload")});
  }
}

// Whoever sent a secret in the clear has to give another one: until one came as it should.
void derive_plain_secret(std::string_view what_and_whose, reader& r, rows_out& out) {
  const auto& facts = r.facts("secret_came", what_and_whose);
  if (!facts.empty() && facts.back().text_or_empty("plain") == "true")
    out.find("plain_secret", what_and_whose, "it came in the clear: it counts for nothing, and whoever read it knows it; give another one, sealed or hashed");
}

void derive_audit_row(std::string_view event, reader& r, rows_out& out) {
  out.claim(audit_logs::table(), audit_logs::by_event, event);
  for (const auto& f : r.facts("audited", event))
    out.put(audit_logs::table(), {said(f, "user"), said(f, "action").value_or("unknown"), said(f, "target"), said(f, "payload"), to_postgres(f.time()), std::string(event)});
}

void derive_setting_row(std::string_view name, reader& r, rows_out& out) {
  out.claim(settings::table(), settings::by_key, name);
  const auto& facts = r.facts("setting", name);
  if (!facts.empty())
    out.put(settings::table(), {std::string(name), value_of(facts), to_postgres(facts.back().time())});
}

} // namespace millrace::alerting::leads
