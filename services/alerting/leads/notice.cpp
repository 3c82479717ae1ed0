#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::alerting::leads {
namespace {

using fold::cell;

constexpr std::size_t episodes_most = 20;
constexpr std::int64_t lasts_least_us = 60 * second_us;   // shorter ones are noise
constexpr std::int64_t history_us = 86'400 * second_us;   // over for so long: nobody is told any more
constexpr std::int64_t start_moves_us = 600 * second_us;  // by so much a late fact may move a start forward
using outcomes = std::map<std::string, std::string>;      // by channel

struct episode {
  instant start;
  std::optional<instant> created, resolved; // of one that is withdrawn: neither
  cell message;
  outcomes raised, ended; // what was told of it
};

episode episode_of(const fold::row& r) {
  namespace c = alert_events;
  return {from_postgres(*r[c::start_at]), from_postgres(*r[c::created_at]), r[c::resolved_at] ? std::optional(from_postgres(*r[c::resolved_at])) : std::nullopt, r[c::message], {}, {}};
}

// Whose telling it was: of the episode that contains the start that it names, else of the first that begins soon after.
episode* of_start(std::vector<episode>& all, instant start) {
  for (auto& e : all)
    if (e.start == start || (e.start < start && (!e.resolved || start < *e.resolved)))
      return &e;
  for (auto& e : all)
    if (start < e.start && e.start.us - start.us <= start_moves_us)
      return &e;
  return nullptr;
}

cell told(const outcomes& by_channel) {
  std::string text;
  for (const auto& [channel, outcome] : by_channel)
    text += (text.empty() ? "" : " ") + channel + ':' + outcome;
  return text.empty() ? cell() : cell(text);
}

cell who_was_sent(const outcomes& by_channel) {
  std::string text;
  for (const auto& [channel, outcome] : by_channel)
    if (outcome == "sent")
      text += (text.empty() ? "" : " ") + channel;
  return text.empty() ? cell() : cell(text);
}

class noticing {
public:
  noticing(std::string_view key, instant now, rows_out& out) : parts_(fold::split_key(key)), now_(now), out_(out) {}

  void put(const episode& e) {
    put_raised(e);
    put_resolved(e);
  }

private:
  void put_raised(const episode& e) {
    bool wanted = false;
    if (e.created) {
      const auto lasted = later_by(*e.created, lasts_least_us);
      const bool ever = !e.resolved || *e.resolved >= lasted;
      const auto history = e.resolved ? std::optional(later_by(*e.resolved, history_us)) : std::nullopt;
      wanted = ever && now_ >= lasted && (!history || now_ < *history);
      if (ever && now_ < lasted)
        out_.wake(lasted);
      else if (wanted && history)
        out_.wake(*history);
    }
    if (wanted || !e.raised.empty())
      put(e, "raised", wanted, told(e.raised), {});
  }

  void put_resolved(const episode& e) {
    const auto recipients = who_was_sent(e.raised);
    if (e.created && e.resolved && now_ < *e.resolved && recipients)
      out_.wake(*e.resolved);
    const bool over = !e.created || (e.resolved && now_ >= *e.resolved);
    const bool wanted = over && recipients;
    if (wanted || !e.ended.empty())
      put(e, "resolved", wanted, told(e.ended), recipients);
  }

  void put(const episode& e, const char* state, bool wanted, cell by_whom, cell recipients) {
    out_.put(notices::table(), {parts_.at(0), parts_.at(1), to_postgres(e.start), state, wanted ? "t" : "f", std::move(by_whom), std::move(recipients), e.message, time_or_null(e.created),
                                time_or_null(e.resolved)});
  }

  const std::vector<std::string> parts_;
  const instant now_;
  rows_out& out_;
};

} // namespace

void derive_notice(std::string_view kind_and_subject, reader& r, rows_out& out) {
  out.claim(notices::table(), notices::by_subject, kind_and_subject);
  // One more than is followed: what was told of it must not be taken for a word about those after it.
  auto rows = r.rows_after(alert_events::table(), alert_events::by_episodes, kind_and_subject, "", episodes_most + 1, fold::direction::backward);
  const auto& facts = r.facts("alert_told", kind_and_subject);
  const auto now = r.now();
  std::reverse(rows.begin(), rows.end());
  std::vector<episode> episodes;
  for (const auto& row : rows)
    episodes.push_back(episode_of(row));
  const bool cut = episodes.size() > episodes_most;
  std::map<instant, episode> withdrawn; // by the start that was told
  for (const auto& f : facts) {
    const auto start = parse_rfc3339(f.text_or_empty("start")).value();
    if (cut && start < episodes.front().start)
      continue;
    auto* of = of_start(episodes, start);
    if (!of)
      of = &withdrawn.try_emplace(start, episode{start, {}, {}, {}, {}, {}}).first->second;
    auto& by_channel = f.text_or_empty("state") == "raised" ? of->raised : of->ended;
    by_channel[std::string(f.text_or_empty("channel"))] = f.text_or_empty("outcome");
  }
  noticing n(kind_and_subject, now, out);
  for (std::size_t i = cut ? 1 : 0; i < episodes.size(); ++i)
    n.put(episodes[i]);
  for (const auto& [start, e] : withdrawn)
    n.put(e);
}

} // namespace millrace::alerting::leads
