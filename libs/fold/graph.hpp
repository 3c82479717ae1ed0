// A domain: a graph of pure functions over facts and rows of earlier functions, each with its groups, its tables and
// whom a change marks. Static data, shared by all threads.
#pragma once

#include "fold/built.hpp"
#include "fold/fact.hpp"
#include "fold/pages.hpp"
#include "fold/table.hpp"
#include "fold/tally.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::fold {

// What a function may read. A derivation is a plain function over complete data; where something was not loaded yet,
// the reader notes it and answers with nothing, the run's result is thrown away, and the function runs again when the
// shell has loaded what all groups of the batch asked for. So a function must stand any answer, and must ask the same
// when told the same. References stay valid during one run.
class reader {
public:
  virtual ~reader() = default;
  // The facts of one group in stamp order.
  virtual const std::vector<fact>& facts(std::string_view kind, std::string_view key) = 0;
  // Whether there is any: cheap however large the group is.
  virtual bool has_facts(std::string_view kind, std::string_view key) = 0;
  // Rows of a table under a path.
  virtual const std::vector<row>& rows(const table& t, std::size_t path, std::string_view value) = 0;
  // The next `most` distinct keys of a kind after `after`, in byte order: for sweeps over all groups.
  virtual const std::vector<std::string>& fact_keys(std::string_view kind, std::string_view after, std::size_t most) = 0;
  // The next `most` facts of one group after a stamp ("" for the first): for sweeps over a large group.
  virtual const std::vector<fact>& facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                               std::size_t most) = 0;
  // A page of a path that has an order: at most `most` rows that follow `after` in that direction, the nearest first.
  // `after`: "" (from the end of the path), position_of a row, or position_at a value.
  virtual const std::vector<row>& rows_after(const table& t, std::size_t path, std::string_view value, std::string_view after, std::size_t most,
                                             direction d = direction::forward) = 0;
  // T, the clock of the pass: the greatest tick that was heard; 1970-01-01 before the first. The same for all groups of a
  // pass, never lower than before. In `derive` of a function that `wakes` only, else it throws bug.
  virtual instant now() = 0;
  // The first row of a path, or nullptr.
  const row* first(const table& t, std::size_t path, std::string_view value) {
    const auto& found = rows(t, path, value);
    return found.empty() ? nullptr : &found.front();
  }
  // What `make` makes of all that `read` reads, shared by all threads of the process and kept by its hash: for large things
  // that are costly to make (an automaton of all patterns). `hash` follows from all that `read` reads; both are pure. `make`
  // is called once a pass at most, for a hash that is not kept, and only when all that `read` asks for is loaded: it may
  // take long. `read` runs once a round, whoever else asks. What it reads is no cost of the group that asks first. Null while
  // it is not all loaded.
  template <class T, class Read, class Make>
  std::shared_ptr<const T> built(std::string_view name, std::string_view hash, Read read, Make make) {
    std::optional<decltype(read(*this))> whole;
    return std::static_pointer_cast<const T>(found_or_made({name, hash, [&] { whole.emplace(read(*this)); },
                                                            [&] { return std::make_shared<const T>(make(std::move(*whole))); }}));
  }

protected:
  struct to_build {
    std::string_view name, hash;
    std::function<void()> read;
    std::function<std::shared_ptr<const void>()> make; // of what was read
  };
  virtual std::shared_ptr<const void> found_or_made(const to_build&) = 0;
};

// A (function, group) to derive again.
struct mark {
  std::string function;
  std::string key;
  // Its code is new: also rows that do not differ are told to `changed`, as new ones, so that the groups behind it are
  // derived by their new code.
  bool again = false;
  friend auto operator<=>(const mark&, const mark&) = default;
};

// Whom a change concerns. Marks of later functions are derived in the same pass, others in a later one.
class marks {
public:
  void add(std::string_view function, std::string_view key) { all_.push_back({std::string(function), std::string(key)}); }
  std::vector<mark>& all() { return all_; }

private:
  std::vector<mark> all_;
};

// What a derivation says: the rows that the group has now, and which rows were its own until now.
class rows_out {
public:
  // All rows under a path's value belong to this group: those that `put` does not repeat are removed.
  void claim(const table& t, std::size_t path, std::string_view value);
  void put(const table& t, row r);
  // A finding about the data (a shared identity, a conflict): a row of the service's `findings` while it holds.
  void find(std::string_view kind, std::string_view subject, std::string_view detail);
  // The moment, after now, at which the group would say otherwise without a new fact (it says so of now = `at` on): it is
  // derived again then. Of several the earliest counts, as the group then names the next. One that is not after now is a
  // bug. For functions that are described so.
  void wake(instant at) { waking_ = waking_ ? std::min(*waking_, at) : at; }
  // Unconditional marks: for functions that only pass on, and sweeps.
  marks& mark() { return marks_; }

  struct claimed {
    const table* of;
    std::size_t path;
    std::string value;
  };
  struct placed {
    const table* of;
    row cells;
  };
  struct found {
    std::string kind, subject, detail;
  };
  std::vector<claimed>& claims() { return claims_; }
  std::vector<placed>& rows() { return rows_; }
  std::vector<found>& findings() { return findings_; }
  const std::optional<instant>& waking() const { return waking_; }

private:
  std::vector<claimed> claims_;
  std::vector<placed> rows_;
  std::vector<found> findings_;
  std::optional<instant> waking_;
  marks marks_;
};

// One row that differs: `before` is null for a new row, `after` for one that is no more.
struct change {
  const table* of;
  const row* before;
  const row* after;
};

struct function {
  std::string name;  // also the metric's label
  // The group's rows, from what the reader gives. Pure.
  void (*derive)(std::string_view key, reader&, rows_out&);
  // Whom the changes of this group's rows mark; runs after they are written, only when there are any. May be null. Where
  // it meets a bug nothing of the pass counts, as rows whose marks are lost would never be followed.
  void (*changed)(std::string_view key, std::span<const change>, reader&, marks&) = nullptr;
  // A total (counter, cursor, statistic): derived at most once a second per group.
  bool total = false;
  // Whether it may say findings.
  bool finds = false;
  // Raised when the function's meaning changes: its groups are derived again at the next `migrate`.
  int version = 1;
  // Decides a unique value or shows what was decided: always in the pass that marked it, however many groups there
  // are (they are bounded by what they look at). Never postponed.
  bool at_once = false;
  // Whether it asks for now, and wakes when its deadline passes.
  bool wakes = false;
};

// A recorded, deleted, replaced or moved fact marks these functions' groups.
struct trigger {
  std::string kind;
  std::string function;
  // The function's group from the fact's; null: the same key. nullopt: does not concern it.
  std::optional<std::string> (*group)(std::string_view key) = nullptr;
};

struct graph {
  std::vector<function> functions; // in order: a function reads rows of earlier ones only (and its own old ones)
  std::vector<trigger> triggers;
  std::vector<const table*> tables; // all that the functions write, and the totals of the tallies
  std::vector<tally> tallies = {};

  std::size_t index_of(std::string_view function) const; // npos when there is none
  void add(const graph& more); // behind what is there
};

// The kinds of finding rows, as a table of the engine's own: (function, group, kind, subject) and detail.
const table& findings_table();
// Who wakes when, likewise: (function, group) and due. Whoever moves a project's clock marks those in (before, now].
const table& deadlines_table();

} // namespace millrace::fold
