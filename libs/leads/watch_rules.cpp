#include "leads/watch_rules.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::leads {
namespace {

constexpr std::int64_t stuck_minutes_least = 5, stuck_minutes_most = 180, stuck_minutes_otherwise = 10;

} // namespace

bool is_watch_setting(std::string_view name) {
  const auto among = [&](const auto& names) { return std::find(std::begin(names), std::end(names), name) != std::end(names); };
  return among(job_setting_names) || among(watch_setting_names);
}

std::int64_t watch_rules::stuck_us() const {
  return std::clamp(stuck_minutes.last(stuck_minutes_otherwise), stuck_minutes_least, stuck_minutes_most) * 60 * second_us;
}

std::int64_t watch_rules::online_window_us() const {
  return std::clamp(online_window_s.last(online_window_s_otherwise), online_window_s_least, online_window_s_most) * second_us;
}

const fold::table& watch_rules_table() {
  static const fold::table t = [] {
    fold::table made{.name = "watch_rules", .columns = {{.name = "rules"}}, .key = {0}, .paths = {{.name = "rules", .columns = {0}}}};
    for (const auto name : job_setting_names)
      made.columns.push_back({.name = std::string(name), .type = fold::column_type::json});
    for (const auto name : watch_setting_names)
      made.columns.push_back({.name = std::string(name), .type = fold::column_type::json});
    return made;
  }();
  return t;
}

fold::row watch_rules_row(fold::reader& r) {
  fold::row rules = {"watch"};
  for (const auto name : job_setting_names)
    rules.push_back(setting_history(r.facts("setting", name)).held());
  for (const auto name : watch_setting_names)
    rules.push_back(setting_history(r.facts("setting", name)).held());
  return rules;
}

watch_rules watch_rules_from(const fold::row* row) {
  if (!row)
    return {};
  return {{setting_history((*row)[1]), setting_history((*row)[2]), setting_history((*row)[3]), setting_history((*row)[4])}, setting_history((*row)[5]),
          setting_history((*row)[6])};
}

} // namespace millrace::leads
