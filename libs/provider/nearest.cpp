#include "provider/nearest.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <numeric>

namespace millrace {
namespace {

std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

} // namespace

std::string nearest(std::string_view wrong, const std::vector<std::string>& known) {
  const std::string lower = ascii_lower(wrong.substr(0, 64));
  std::size_t least = std::max<std::size_t>(2, lower.size() / 3) + 1;
  std::string best;
  for (const std::string& name : known) {
    const std::size_t n = edits(lower, ascii_lower(name));
    if (n < least) {
      least = n;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  if (known.empty())
    return {};
  if (const std::string best = nearest(wrong, known); !best.empty())
    return " (did you mean `" + best + "`?)";
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 12; ++i)
    list += (i ? ", " : "") + known[i];
  return " (known: " + list + (known.size() > 12 ? ", …)" : ")");
}

} // namespace millrace
