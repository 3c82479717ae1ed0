#include "leads/dispatch_settings.hpp"

#include "leads/limits.hpp"
#include "leads/whole_number.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::leads {
namespace {

constexpr std::int64_t calls_max = 1'000'000;
constexpr std::array<std::pair<std::string_view, pick_order>, 6> orders = {{{"fifo", pick_order::fifo},
                                                                          {"newest", pick_order::newest},
                                                                          {"random", pick_order::random},
                                                                          {"pow2", pick_order::pow2},
                                                                          {"fair_query", pick_order::fair_query},
                                                                          {"rr_agent", pick_order::rr_agent}}};

std::optional<bool> flag_in(std::string_view text) {
  return text == "true" || text == "1" ? std::optional(true) : text == "false" || text == "0" ? std::optional(false) : std::nullopt;
}

// "23:59" → 1439.
std::optional<int> minute_in(std::string_view text) {
  if (text.size() != 5 || text[2] != ':')
    return std::nullopt;
  const auto hours = whole_number(text.substr(0, 2), 0, 23), minutes = whole_number(text.substr(3), 0, 59);
  return hours && minutes ? std::optional(static_cast<int>(*hours * 60 + *minutes)) : std::nullopt;
}

std::optional<pick_order> order_in(std::string_view text) {
  const auto found = std::find_if(orders.begin(), orders.end(), [&](const auto& o) { return o.first == text; });
  return found == orders.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

bool dispatch_settings::pauses(int minute) const {
  if (!pause_from || !pause_to || *pause_from == *pause_to)
    return false;
  return *pause_from < *pause_to ? minute >= *pause_from && minute < *pause_to : minute >= *pause_from || minute < *pause_to;
}

dispatch_settings read_dispatch_settings(const std::function<std::optional<std::string>(std::string_view name)>& value) {
  const auto said = [&](std::string_view name) { return value(name).value_or(""); };
  dispatch_settings s;
  s.enabled = flag_in(said("internal_server_enabled")).value_or(s.enabled);
  s.stopped = flag_in(said("system_stop")).value_or(s.stopped);
  s.pause_from = minute_in(said("pause_from"));
  s.pause_to = minute_in(said("pause_to"));
  s.calls_per_min = whole_number(said("worker_rate_limit_per_min"), 1, calls_max).value_or(s.calls_per_min);
  s.lease_s = std::clamp(whole_number(said("lease_sec_default"), 0, calls_max).value_or(s.lease_s), lease_s_min, lease_s_max);
  s.pick = order_in(said("pick_order")).value_or(s.pick);
  return s;
}

std::optional<std::string> dispatch_setting_fault(std::string_view name, std::string_view value) {
  const std::string shown = "`" + std::string(value) + "` is no ";
  if (name == "pick_order")
    return order_in(value) ? std::nullopt : std::optional(shown + "order of jobs: fifo, newest, random, pow2, fair_query or rr_agent");
  if (name == "pause_from" || name == "pause_to")
    return minute_in(value) ? std::nullopt : std::optional(shown + "time of day as 23:59, in UTC");
  if (name == "worker_rate_limit_per_min")
    return whole_number(value, 1, calls_max) ? std::nullopt : std::optional(shown + "whole number from 1 to 1000000");
  return flag_in(value) ? std::nullopt : std::optional(shown + "true or false");
}

} // namespace millrace::leads
