#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "alerting/leads/tables.hpp"
#include "core/text.hpp"
#include "json/writer.hpp"
#include "leads/call_window.hpp"
#include "leads/whole_number.hpp"

#include <algorithm>

namespace millrace::alerting::leads {
namespace {

constexpr std::int64_t window_us = 60 * second_us, day_us = 86'400 * second_us;
constexpr std::int64_t refused_a_spike = 300;

} // namespace

void derive_window(std::string_view key, reader& r, rows_out& out) {
  const auto window = millrace::leads::call_window_of(key, r);
  const auto start = to_postgres(window.start);
  out.claim(call_windows::table(), call_windows::by_key, fold::join_key({window.key, start}));
  if (window.rejected)
    out.put(call_windows::table(), {window.key, start, std::to_string(*window.rejected), start.substr(0, 10)});
}

void window_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    m.add("spikes", *(c.after ? *c.after : *c.before)[call_windows::day]);
}

// An alert each time that the day's sum passes another 300, until the day is over.
void derive_spikes(std::string_view day, reader& r, rows_out& out) {
  alerts_of alerts("spikes", day, out);
  std::vector<std::pair<instant, std::int64_t>> windows;
  for (const auto& w : r.rows(call_windows::table(), call_windows::by_day, day))
    windows.emplace_back(from_postgres(*w[call_windows::window_start]), millrace::leads::whole_number(*w[call_windows::rejected]).value());
  std::sort(windows.begin(), windows.end());
  const auto midnight = from_postgres(std::string(day) + " 00:00:00+00");
  std::int64_t sum = 0, told = 0;
  for (std::size_t n = 0; n < windows.size(); ++n) {
    sum += windows[n].second;
    if (n + 1 < windows.size() && windows[n + 1].first == windows[n].first)
      continue; // what ends together counts together
    for (; (told + 1) * refused_a_spike <= sum; ++told) {
      const auto at = later_by(windows[n].first, window_us);
      json::writer payload;
      payload.begin_object().name("day").string(day).name("refused").number(sum).end_object();
      alerts.put({"rate_limit_spike", fold::join_key({day, std::to_string(told + 1)}), at, at, std::max(at, later_by(midnight, day_us)),
                  std::to_string((told + 1) * refused_a_spike) + " calls were refused on " + std::string(day), payload.take()});
    }
  }
}

} // namespace millrace::alerting::leads
