#include "pipeline/heard.hpp"

#include "json/writer.hpp"
#include "pipeline/own_events.hpp"
#include "pipeline/ticks.hpp"

#include <vector>

namespace millrace::pipeline {
namespace {

constexpr std::int64_t hour_us = 3600 * second_us;
constexpr std::size_t known_most = 100'000;

instant hour_of(instant t) { return {t.us - ((t.us % hour_us) + hour_us) % hour_us}; }

// Operators speak when they like, and of ourselves we know.
bool is_expected(const event& e) { return e.verdict != verified::no && e.provider != "admin" && e.provider != own_provider && e.provider != clock_topic && e.provider != "unknown"; }

} // namespace

bool heard::words::add(const words& more) {
  const bool earlier = more.first < first, means_earlier = more.meant && (!meant || *more.meant < *meant);
  if (earlier)
    first = more.first;
  if (means_earlier)
    meant = more.meant;
  return earlier || means_earlier;
}

void heard::add(hours& to, const std::string& account, const event& e, bool has_facts) {
  if (!is_expected(e))
    return;
  const words said{e.received, has_facts ? std::optional(e.received) : std::nullopt};
  if (const auto [at, is_new] = to.try_emplace({account, hour_of(e.received)}, said); !is_new)
    at->second.add(said);
}

void heard::say(postgres::transaction& t, const service& s, const hours& of_batch) const {
  std::vector<std::string> accounts, hour_texts, firsts;
  std::vector<std::optional<std::string>> meant;
  for (const auto& [key, said] : of_batch) {
    if (const auto before = known_.find(key); before != known_.end() && !words(before->second).add(said))
      continue;
    accounts.push_back(key.first);
    hour_texts.push_back(to_postgres(key.second));
    firsts.push_back(to_postgres(said.first));
    meant.push_back(said.meant ? std::optional(to_postgres(*said.meant)) : std::nullopt);
  }
  if (accounts.empty())
    return;
  std::vector<std::string> meant_texts;
  for (const auto& m : meant)
    meant_texts.push_back(m.value_or("infinity"));
  const auto rows = t.query("insert into " + s.own("heard") + " as h (account, hour, first_at, meant_at)"
                            " select account, hour, first_at, nullif(meant_at, 'infinity') from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])"
                            " with ordinality w(account, hour, first_at, meant_at, place) order by place on conflict (account, hour) do update"
                            " set first_at = least(h.first_at, excluded.first_at), meant_at = least(h.meant_at, excluded.meant_at)"
                            " where excluded.first_at < h.first_at or excluded.meant_at < coalesce(h.meant_at, 'infinity') returning account, first_at, meant_at",
                            {postgres::array(accounts), postgres::array(hour_texts), postgres::array(firsts), postgres::array(meant_texts)});
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const words now{from_postgres(rows.text(r, 1)), rows.at(r, 2) ? std::optional(from_postgres(rows.text(r, 2))) : std::nullopt};
    put_into_outbox(t, s, account_heard(s.name, std::string(rows.text(r, 0)), now));
  }
}

void heard::know(const hours& of_batch) {
  if (known_.size() > known_most)
    known_.clear();
  for (const auto& [key, said] : of_batch)
    if (const auto [at, is_new] = known_.try_emplace(key, said); !is_new)
      at->second.add(said);
}

event account_heard(const std::string& service, const std::string& account, const heard::words& w) {
  const auto first = to_rfc3339(w.first), meant = w.meant ? to_rfc3339(*w.meant) : std::string();
  json::writer body;
  body.begin_object().name("type").string("account.heard").name("project").string(project_of_the_line).name("account").string(account).name("first").string(first);
  if (w.meant)
    body.name("meant").string(meant);
  body.end_object();
  return make_own_event({.family = "line", .source = service, .project = std::string(project_of_the_line), .type = "account.heard", .entity_type = "of_the_line", .entity_id = account,
                         .version = first + "/" + meant, .at = w.first, .body = body.take()});
}

void forget_old_hours(postgres::connection& c, const service& s) { c.query("delete from " + s.own("heard") + " where hour < now() - interval '40 days'"); }

} // namespace millrace::pipeline
