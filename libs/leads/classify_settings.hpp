// The settings that decide how leads are classified, and numbers of three places as they are counted. Pure; any thread.
#pragma once

#include "leads/limits.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::leads {

// A decimal as whole thousandths, what is behind them cut off; nothing for what is no decimal, or over a million.
std::optional<std::int64_t> thousandths_of(std::string_view decimal);
// A number of so many 10^-places as a canonical decimal: "1.5".
std::string decimal_of(std::int64_t units, std::size_t places);

struct classify_settings {
  bool enabled = true;
  // In thousandths.
  std::int64_t threshold = 1000, keyword_in_name = 2000, keyword_in_types = 1500;
  std::array<std::int64_t, std::size(rule_targets)> factors; // by which a rule's weight counts in each target

  classify_settings() { factors.fill(1000); }
  // All of them as one text of one form, and back.
  std::string held() const;
  static classify_settings from(std::string_view held);
  // Takes the last word on one of them; what is empty or wrong is as if it were unsaid.
  void take(std::string_view name, std::string_view value);
};

// In the order of `held`.
const std::array<std::string, 4 + std::size(rule_targets)>& classify_setting_names();
// Whether a setting is one of them, by its name's beginning.
bool is_classify_setting(std::string_view name);
// Why an admin may not give one of them this value, or nothing.
std::optional<std::string> classify_setting_fault(std::string_view name, std::string_view value);

} // namespace millrace::leads
