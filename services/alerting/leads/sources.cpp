#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/watch_facts.hpp"
#include "pipeline/projection.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace millrace::alerting::leads {
namespace {

using millrace::leads::start_of;

constexpr std::int64_t hour_us = 3600 * second_us, day_us = 24 * hour_us;
constexpr std::int64_t rhythm_us = 14 * day_us;       // by what it did in so long a source's rhythm is known
constexpr std::size_t hours_known_least = 12;         // fewer are no rhythm: somebody tries something
constexpr std::int64_t pauses_allowed = 4;            // so many times its longest pause
constexpr std::int64_t silence_least_us = hour_us;
constexpr std::int64_t unbound_allowed_us = 600 * second_us;
constexpr std::size_t days_a_page = 500, days_of_rhythm = 15;

// One hour in which an account was heard.
struct heard_hour {
  instant first;
  std::optional<instant> meant; // its first word that has facts
  instant begin() const { return start_of(first, hour_us); }
  instant end() const { return later_by(begin(), hour_us); }
};

std::pair<std::string, std::string> parts_of(std::string_view group) {
  const auto parts = fold::split_key(group);
  return {parts.at(0), to_postgres(parse_rfc3339(parts.at(1)).value())};
}
std::string group_of(const fold::row& day) { return fold::join_key({*day[heard_days::account], to_rfc3339(from_postgres(*day[heard_days::day]))}); }

std::vector<heard_hour> hours_of(const fold::row& day) {
  std::vector<heard_hour> hours;
  const auto parsed = json::parse(*day[heard_days::hours]);
  for (const auto one : parsed.value().root().children()) {
    const auto meant = one.element(1);
    hours.push_back({parse_rfc3339(one.element(0)->text()).value(), meant->is(json::kind::string) ? std::optional(parse_rfc3339(meant->text()).value()) : std::nullopt});
  }
  return hours;
}

const std::vector<fold::row>& days(reader& r, std::string_view account, std::string_view from, std::size_t most, fold::direction d) {
  return r.rows_after(heard_days::table(), heard_days::by_in_time, account, from.empty() ? std::string() : fold::position_at(from), most, d);
}

// Since when the account belongs to whom, by all that was said of it.
std::vector<pipeline::interval> bindings_of(std::string_view account, reader& r) {
  std::vector<pipeline::account_fact> said;
  for (auto f : r.facts("source_bound", fold::join_key({account}))) {
    f.kind = f.text_or_empty("act");
    const auto received = parse_rfc3339(f.text_or_empty("received")).value();
    said.push_back({std::move(f), received});
  }
  std::vector<pipeline::interval> spans; // those that touch and belong to the same are one
  for (const auto& i : pipeline::project(std::move(said)).intervals)
    if (!spans.empty() && spans.back().project == i.project)
      spans.back().to = i.to;
    else
      spans.push_back(i);
  return spans;
}
bool ends(const pipeline::interval& i) { return i.to.us != std::numeric_limits<std::int64_t>::max(); }

// How long the account may be silent behind the last of these hours; none when no rhythm is known by then.
std::optional<std::int64_t> allowed_silence(std::span<const heard_hour> until_now) {
  const auto& last = until_now.back();
  auto from = until_now.begin();
  while (from->begin().us < last.begin().us - rhythm_us)
    ++from;
  if (static_cast<std::size_t>(until_now.end() - from) < hours_known_least)
    return std::nullopt;
  std::int64_t longest = 0;
  for (auto at = std::next(from); at != until_now.end(); ++at)
    longest = std::max(longest, at->begin().us - std::prev(at)->end().us);
  return std::max(silence_least_us, pauses_allowed * longest);
}

} // namespace

void derive_heard_day(std::string_view account_and_day, reader& r, rows_out& out) {
  const auto [account, day] = parts_of(account_and_day);
  out.claim(heard_days::table(), heard_days::by_key, fold::join_key({account, day}));
  std::map<instant, heard_hour> hours; // of what several said of an hour the first counts
  for (const auto& f : r.facts("account_heard", account_and_day)) {
    const auto first = parse_rfc3339(f.text_or_empty("first")).value();
    const auto meant = f.text("meant") ? std::optional(parse_rfc3339(*f.text("meant")).value()) : std::nullopt;
    auto& hour = hours.try_emplace(start_of(first, hour_us), heard_hour{first, meant}).first->second;
    hour.first = std::min(hour.first, first);
    if (meant)
      hour.meant = std::min(hour.meant.value_or(*meant), *meant);
  }
  if (hours.empty())
    return;
  json::writer w;
  w.begin_array();
  for (const auto& [begin, hour] : hours) {
    w.begin_array().string(to_rfc3339(hour.first));
    hour.meant ? w.string(to_rfc3339(*hour.meant)) : w.null();
    w.end_array();
  }
  out.put(heard_days::table(), {account, day, w.end_array().take()});
}

// A silence belongs to the day in which it begins; what is allowed then follows from the days before.
void heard_day_changed(std::string_view account_and_day, std::span<const change>, reader& r, marks& m) {
  const auto [account, day] = parts_of(account_and_day);
  m.add("source_silences", account_and_day);
  for (const auto& before : days(r, account, day, 1, fold::direction::backward))
    m.add("source_silences", group_of(before));
  for (const auto& behind : days(r, account, day, days_of_rhythm, fold::direction::forward))
    m.add("source_silences", group_of(behind));
  m.add("unbound_source", fold::join_key({account}));
}

// All days of an account, whose bindings differ.
void derive_source_days(std::string_view account_and_after, reader& r, rows_out& out) {
  const auto parts = fold::split_key(account_and_after);
  const auto& page = days(r, parts.at(0), parts.size() > 1 ? parts.at(1) : "", days_a_page, fold::direction::forward);
  for (const auto& day : page)
    out.mark().add("source_silences", group_of(day));
  if (page.size() == days_a_page)
    out.mark().add("source_days", fold::join_key({parts.at(0), *page.back()[heard_days::day]}));
}

void derive_source_silences(std::string_view account_and_day, reader& r, rows_out& out) {
  const auto [account, day] = parts_of(account_and_day);
  alerts_of alerts("source_silences", account_and_day, out);
  const auto* own = r.first(heard_days::table(), heard_days::by_key, fold::join_key({account, day}));
  const auto& before = days(r, account, day, days_of_rhythm, fold::direction::backward);
  const auto& behind = days(r, account, day, 1, fold::direction::forward);
  const auto bindings = bindings_of(account, r);
  const auto now = r.now();
  if (!own)
    return;
  std::vector<heard_hour> hours;
  for (auto d = before.rbegin(); d != before.rend(); ++d)
    for (const auto& h : hours_of(*d))
      hours.push_back(h);
  const auto first_of_day = hours.size();
  for (const auto& h : hours_of(*own))
    hours.push_back(h);
  const auto last_of_day = hours.size();
  if (!behind.empty())
    hours.push_back(hours_of(behind.front()).front());
  for (auto n = first_of_day; n < last_of_day; ++n) {
    const auto allowed = allowed_silence(std::span(hours).first(n + 1));
    const auto& in_force = pipeline::at(bindings, hours[n].first);
    if (!allowed || in_force.project.empty())
      continue;
    auto next = n + 1 < hours.size() ? std::optional(hours[n + 1].first) : std::nullopt;
    if (ends(in_force) && (!next || in_force.to < *next)) // nobody waits for it any more
      next = in_force.to;
    const auto start = hours[n].end(), created = later_by(start, *allowed);
    if (!next && now <= created)
      out.wake(later_by(created, 1));
    if (next.value_or(now) <= created)
      continue;
    json::writer payload;
    payload.begin_object().name("account").string(account).name("last_hour").string(to_rfc3339(hours[n].begin())).name("allowed_s").number(*allowed / second_us).end_object();
    alerts.put({"silent_source", account, start, created, next, account + " has sent nothing for longer than it ever paused in two weeks", payload.take()});
  }
}

// Of each time without a binding the first word with facts that came in it. The first binding reaches back for ever, so what was
// unbound before it never was.
void derive_unbound_source(std::string_view group, reader& r, rows_out& out) {
  const auto account = fold::split_key(group).at(0);
  alerts_of alerts("unbound_source", group, out);
  const auto now = r.now();
  for (const auto& i : bindings_of(account, r)) {
    if (!i.project.empty())
      continue;
    std::optional<instant> start;
    for (std::string from = i.from.us < 0 ? "" : to_postgres(later_by(start_of(i.from, day_us), -1)); !start;) {
      const auto& page = days(r, account, from, days_a_page, fold::direction::forward);
      for (const auto& day : page)
        for (const auto& h : hours_of(day))
          if (!start && h.meant && *h.meant >= i.from)
            start = h.meant;
      if (page.size() < days_a_page)
        break;
      from = *page.back()[heard_days::day];
    }
    if (!start || *start >= i.to)
      continue;
    const auto created = later_by(*start, unbound_allowed_us);
    const auto over = ends(i) ? std::optional(i.to) : std::nullopt;
    if (!over && now <= created)
      out.wake(later_by(created, 1));
    if (over.value_or(now) <= created)
      continue;
    json::writer payload;
    payload.begin_object().name("account").string(account).end_object();
    alerts.put({"unbound_source", account, *start, created, over, account + " sends, and no project is bound to it: what it sends waits", payload.take()});
  }
}

} // namespace millrace::alerting::leads
