#include "leads/classify_settings.hpp"

#include "core/failure.hpp"
#include "core/text.hpp"
#include "fold/cells.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace millrace::leads {
namespace {

constexpr std::int64_t weight_max = 1'000'000; // thousandths: no weight and no threshold is over 1,000

std::optional<std::int64_t> weight_of(std::string_view value) {
  const auto n = thousandths_of(value);
  return n && *n >= 0 && *n <= weight_max ? n : std::nullopt;
}

// The numbers in the order of their names, behind classify_enabled.
template <class Settings, class F>
void each_number(Settings& s, F&& f) {
  f(s.threshold);
  f(s.keyword_in_name);
  f(s.keyword_in_types);
  for (auto& factor : s.factors)
    f(factor);
}

} // namespace

std::optional<std::int64_t> thousandths_of(std::string_view decimal) {
  const auto canonical = fold::canonical_decimal(trim(decimal));
  if (!canonical)
    return std::nullopt;
  const auto point = canonical->find('.');
  auto digits = canonical->substr(0, point);
  if (digits.size() > 8)
    return std::nullopt;
  const auto places = point == std::string::npos ? std::string() : canonical->substr(point + 1, 3);
  digits += places + std::string(3 - places.size(), '0');
  std::int64_t n = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return n >= -1'000'000'000 && n <= 1'000'000'000 ? std::optional(n) : std::nullopt;
}

std::string decimal_of(std::int64_t units, std::size_t places) {
  auto digits = std::to_string(units < 0 ? -units : units);
  if (digits.size() <= places)
    digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, ".");
  return fold::canonical_decimal((units < 0 ? "-" : "") + digits).value();
}

const std::array<std::string, 4 + std::size(rule_targets)>& classify_setting_names() {
  static const auto names = [] {
    std::array<std::string, 4 + std::size(rule_targets)> all = {"classify_enabled", "classify_threshold", "classify_w_kw_name", "classify_w_kw_types"};
    for (std::size_t t = 0; t < std::size(rule_targets); ++t)
      all[4 + t] = "classify_w_" + std::string(rule_targets[t]);
    return all;
  }();
  return names;
}

bool is_classify_setting(std::string_view name) { return name.starts_with("classify_"); }

std::string classify_settings::held() const {
  std::string out = enabled ? "on" : "off";
  each_number(*this, [&](std::int64_t n) { out += ' ' + std::to_string(n); });
  return out;
}

classify_settings classify_settings::from(std::string_view held) {
  classify_settings s;
  const auto parts = split(held, ' ');
  if (parts.size() != classify_setting_names().size())
    throw bug("no settings of classify: " + std::string(held));
  s.enabled = parts.front() == "on";
  std::size_t i = 1;
  each_number(s, [&](std::int64_t& n) {
    const auto text = parts[i++];
    std::from_chars(text.data(), text.data() + text.size(), n);
  });
  return s;
}

void classify_settings::take(std::string_view name, std::string_view value) {
  const auto& names = classify_setting_names();
  if (name == names.front()) {
    enabled = value != "false";
    return;
  }
  std::size_t i = 1;
  each_number(*this, [&](std::int64_t& n) {
    if (names[i++] == name)
      n = weight_of(value).value_or(n);
  });
}

std::optional<std::string> classify_setting_fault(std::string_view name, std::string_view value) {
  if (name == classify_setting_names().front())
    return value == "true" || value == "false" ? std::nullopt : std::optional("`" + std::string(value) + "` is neither true nor false");
  return weight_of(value) ? std::nullopt : std::optional("`" + std::string(value) + "` is no number from 0 to 1000");
}

} // namespace millrace::leads
