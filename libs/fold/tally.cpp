#include "fold/tally.hpp"

#include "core/failure.hpp"
#include "fold/graph.hpp"

#include <algorithm>

namespace millrace::fold {

void tally_sums::add(row key, std::int64_t n) {
  auto& sum = sums_[std::move(key)];
  if (__builtin_mul_overflow(n, factor_, &n) || __builtin_add_overflow(sum, n, &sum))
    throw bug("a total is more than 64 bits hold");
}

std::vector<row> tally_sums::rows() const {
  std::vector<row> out;
  for (const auto& [key, sum] : sums_)
    if (sum != 0) {
      out.push_back(key);
      out.back().push_back(std::to_string(sum));
    }
  return out;
}

void tallying::count(const table& of, std::span<const row> removed, std::span<const row> added) {
  for (const auto& t : graph_.tallies) {
    if (t.of != &of)
      continue;
    auto& sums = sums_[t.totals];
    for (const auto& [rows, factor] : {std::pair(removed, -1), {added, 1}}) {
      sums.times(factor);
      for (const auto& r : rows)
        t.adds(r, sums);
    }
  }
}

std::vector<std::pair<const table*, std::vector<row>>> tallying::sums() const {
  std::vector<std::pair<const table*, std::vector<row>>> out;
  for (const auto& [totals, sums] : sums_)
    if (auto rows = sums.rows(); !rows.empty()) {
      for (const auto& r : rows)
        if (r.size() != totals->columns.size())
          throw bug("a tally of " + totals->name + " adds to a key of " + std::to_string(r.size() - 1) + " cells");
      out.emplace_back(totals, std::move(rows));
    }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first->name < b.first->name; });
  return out;
}

bool tallying::is_totals(const table& t) const {
  return std::any_of(graph_.tallies.begin(), graph_.tallies.end(), [&](const tally& k) { return k.totals == &t; });
}

} // namespace millrace::fold
