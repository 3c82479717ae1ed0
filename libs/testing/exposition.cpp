#include "testing/exposition.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace millrace::trial {

std::optional<double> sum_of(std::string_view exposition, std::string_view metric) {
  std::optional<double> sum;
  while (!exposition.empty()) {
    const auto line = exposition.substr(0, exposition.find('\n'));
    exposition.remove_prefix(std::min(line.size() + 1, exposition.size()));
    if (!line.starts_with(metric) || line.size() == metric.size())
      continue;
    const char next = line[metric.size()];
    if (next == ' ' || next == '{') // no label value holds a blank
      sum = sum.value_or(0) + std::strtod(std::string(line.substr(line.rfind(' ') + 1)).c_str(), nullptr);
  }
  return sum;
}

} // namespace millrace::trial
