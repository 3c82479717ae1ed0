// Tallies: totals that are kept by what each row adds to them, before and after it changes, in the transaction that
// changes it; a day's counter does not read the day. Exact, because one deriver writes and each row's before is known. Pure.
#pragma once

#include "fold/table.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace millrace::fold {

struct graph;

// Sums by key, of one table of totals.
class tally_sums {
public:
  // The cells of the totals' key, in its order, and how many. What `adds` of a tally calls.
  void add(row key, std::int64_t n);
  // What is added from now on counts so often; -1 takes it away.
  void times(std::int64_t factor) { factor_ = factor; }
  // The rows that have a sum, with it as last cell, sorted by key.
  std::vector<row> rows() const;

private:
  std::map<row, std::int64_t> sums_;
  std::int64_t factor_ = 1;
};

// What each row of a table adds. Several tables may add to the same totals, and several functions may write a table.
struct tally {
  // Its columns: its natural key, in order, then one integer, the sum; no row where that is 0. The engine alone writes it;
  // no function claims, puts or reads it.
  const table* totals;
  const table* of;
  // Pure: of the row alone.
  void (*adds)(const row& r, tally_sums& to);
  // Raised when its meaning changes: all totals are counted anew at the next `migrate`.
  int version = 1;
};

// The sums of some rows' coming and going, over all tallies of a graph.
class tallying {
public:
  explicit tallying(const graph& g) : graph_(g) {}
  void count(const table& of, std::span<const row> removed, std::span<const row> added);
  // By table of totals: the rows that have a sum other than 0.
  std::vector<std::pair<const table*, std::vector<row>>> sums() const;
  bool is_totals(const table& t) const;

private:
  const graph& graph_;
  std::map<const table*, tally_sums> sums_;
};

} // namespace millrace::fold
