// What a text is classified by: all patterns of a project with its settings, compiled. Immutable; any thread.
#pragma once

#include "fold/table.hpp"
#include "leads/classify_settings.hpp"
#include "matching/matcher.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::classifier {

// What is looked into, in the order of leads::rule_targets; what is not there is empty.
using lead_words = std::array<std::string_view, std::size(leads::rule_targets)>;

// A pattern that matched. Points are in millionths.
struct matched_pattern {
  std::string_view kind, target, text; // kind: keyword, contains, exact, regex
  std::int64_t points;
};
struct judgement {
  std::string_view category;
  std::int64_t points;
  std::vector<matched_pattern> matched; // the strongest first, at most matched_max of them
};
inline constexpr std::size_t matched_max = 10;
inline constexpr std::size_t point_places = 6; // millionths

class ruleset {
public:
  // Rows of *patterns*, in any order.
  ruleset(std::vector<fold::row> patterns, const leads::classify_settings& settings);

  // The category with the most points, of equal ones the least id, if that is as many as the threshold asks, and more than none.
  // Refers to this ruleset.
  std::optional<judgement> classify(const lead_words& words) const;
  // Every category of which anything matched, the best first; whether it is enough or not.
  std::vector<judgement> judge(const lead_words& words) const;

  const leads::classify_settings& settings() const { return settings_; }
  const matching::matcher::size& size() const { return matcher_.built(); }

private:
  struct place {
    std::size_t row, target;
    std::int64_t points;
  };
  static std::vector<place> places_of(const std::vector<fold::row>& patterns, const leads::classify_settings& s);
  static matching::matcher matcher_of(const std::vector<fold::row>& patterns, const std::vector<place>& places);

  leads::classify_settings settings_;
  std::vector<fold::row> patterns_;
  std::vector<place> places_; // by the matcher's ids: a keyword has two
  matching::matcher matcher_;
};

} // namespace millrace::classifier
