#include "classifier/leads/ruleset.hpp"

#include "classifier/leads/tables.hpp"
#include "core/failure.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace millrace::classifier {
namespace {

constexpr std::size_t name_target = 0, types_target = 1;

matching::mode mode_of(std::string_view kind) {
  return kind == "regex" ? matching::mode::regex : kind == "exact" ? matching::mode::exact : matching::mode::contains;
}

std::size_t target_of(std::string_view name) {
  const auto* found = std::find(std::begin(leads::rule_targets), std::end(leads::rule_targets), name);
  if (found == std::end(leads::rule_targets))
    throw bug("a pattern has the target " + std::string(name));
  return static_cast<std::size_t>(found - std::begin(leads::rule_targets));
}

bool stronger(const matched_pattern& a, const matched_pattern& b) {
  return std::tuple(-a.points, a.kind, a.target, a.text) < std::tuple(-b.points, b.kind, b.target, b.text);
}

} // namespace

std::vector<ruleset::place> ruleset::places_of(const std::vector<fold::row>& rows, const leads::classify_settings& s) {
  std::vector<place> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& r = rows[i];
    if (*r[patterns::kind] == "keyword") {
      places.push_back({i, name_target, s.keyword_in_name * 1000});
      places.push_back({i, types_target, s.keyword_in_types * 1000});
    } else {
      const auto target = target_of(*r[patterns::target]);
      places.push_back({i, target, std::stoll(*r[patterns::weight]) * s.factors[target]});
    }
  }
  return places;
}

matching::matcher ruleset::matcher_of(const std::vector<fold::row>& rows, const std::vector<place>& places) {
  std::vector<matching::pattern> all;
  all.reserve(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& r = rows[places[i].row];
    all.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint8_t>(places[i].target), mode_of(*r[patterns::kind]), *r[patterns::text]});
  }
  return matching::matcher(all);
}

ruleset::ruleset(std::vector<fold::row> rows, const leads::classify_settings& settings)
    : settings_(settings), patterns_(std::move(rows)), places_(places_of(patterns_, settings_)), matcher_(matcher_of(patterns_, places_)) {}

std::vector<judgement> ruleset::judge(const lead_words& words) const {
  std::map<std::string_view, judgement> by_category;
  for (const auto id : matcher_.match(words)) {
    const auto& p = places_[id];
    const auto& r = patterns_[p.row];
    auto& j = by_category.try_emplace(*r[patterns::category], judgement{*r[patterns::category], 0, {}}).first->second;
    j.points += p.points;
    j.matched.push_back({*r[patterns::kind], leads::rule_targets[p.target], *r[patterns::text], p.points});
  }
  std::vector<judgement> all;
  for (auto& [category, j] : by_category) {
    std::sort(j.matched.begin(), j.matched.end(), stronger);
    if (j.matched.size() > matched_max)
      j.matched.resize(matched_max);
    all.push_back(std::move(j));
  }
  std::stable_sort(all.begin(), all.end(), [](const judgement& a, const judgement& b) { return a.points > b.points; });
  return all;
}

std::optional<judgement> ruleset::classify(const lead_words& words) const {
  if (!settings_.enabled)
    return std::nullopt;
  auto all = judge(words);
  if (all.empty() || all.front().points <= 0 || all.front().points < settings_.threshold * 1000)
    return std::nullopt;
  return std::move(all.front());
}

} // namespace millrace::classifier
