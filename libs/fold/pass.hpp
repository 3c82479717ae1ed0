// derive: one pass over a set of marks. The algorithm of the deriver without its I/O: loads in batches through a
// store, runs the pure functions in the graph's order, writes the rows that differ, and says what is left. One thread.
#pragma once

#include "fold/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace millrace::fold {

// What a pass reads and writes: one project of one service, one transaction. Postgres in libs/pipeline, a map in tests.
class store {
public:
  virtual ~store() = default;
  // Each answers in the order of the keys asked.
  virtual std::vector<std::vector<fact>> facts(std::string_view kind, std::span<const std::string> keys) = 0;
  virtual std::vector<bool> has_facts(std::string_view kind, std::span<const std::string> keys) = 0;
  virtual std::vector<std::string> fact_keys(std::string_view kind, std::string_view after, std::size_t most) = 0;
  virtual std::vector<fact> facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                        std::size_t most) = 0;
  virtual std::vector<std::vector<row>> rows(const table& t, std::size_t path, std::span<const std::string> values) = 0;
  virtual std::vector<std::vector<row>> rows_after(const table& t, std::size_t path, std::span<const row_page> pages, std::size_t most, direction d) = 0;
  // Rows by natural key: `removed` goes first. A replaced row is in both.
  virtual void write(const table& t, std::span<const row> removed, std::span<const row> added) = 0;
  // Adds to totals: rows of their keys, and in the last cell how much. A total that is 0 then has no row.
  virtual void add(const table& totals, std::span<const row> more) = 0;
  // The clock of the pass, as of its begin.
  virtual instant now() = 0;
};

struct pass_options {
  // So many marks of one function are followed in this pass; the others become `later`.
  std::size_t in_memory_most = 4000;
  // Whether a group is to wait (a total or a large group that was derived not long ago). May be empty.
  std::function<bool(const function&, const std::string& key)> postpone;
  // Whether the result is to name all groups that were derived.
  bool name_groups = false;
};

// A group that costs more is large.
inline constexpr std::uint64_t large_group_cost = 1000;

struct pass_result {
  std::vector<mark> later;     // to be written as marks: for earlier functions, sweeps, or because there were many
  std::vector<mark> postponed; // to be written as marks that are due when their wait is over
  std::vector<mark> stuck;             // a bug was thrown while deriving these; `why` by the same index
  std::vector<std::string> why;
  struct count {
    std::uint64_t groups = 0, rows = 0, rounds = 0;
    double seconds = 0;
  };
  std::map<std::string, count> functions; // for metrics
  std::vector<mark> derived;              // the groups that were derived, for `postpone`: totals and large ones
  std::vector<std::uint64_t> derived_cost; // what each read: facts and rows, or their KB if that is more (by the same index)
  std::vector<mark> groups;        // all that were derived or became stuck, where options ask for it
};

// Expands marks of fact groups (function empty of the graph, i.e. a fact kind) by the triggers.
std::vector<mark> expand(const graph& g, std::span<const mark> marks);

// Runs the graph over `marks` (fact kinds or function names; names of neither are passed by). What the store throws, and
// a bug in a function's `changed`, goes through: nothing of the pass counts then.
pass_result run_pass(const graph& g, store& s, std::span<const mark> marks, const pass_options& o = {});

} // namespace millrace::fold
