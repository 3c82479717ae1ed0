// A store in maps: what simulations, property tests and `incremental = whole` run on, in microseconds. One thread.
#pragma once

#include "fold/pass.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace millrace::fold {

class memory_store : public store {
public:
  // Adds a fact; its group is marked by the caller.
  void add(const fact& f);
  // Removes all facts of an event and returns their groups, as marks of their kinds.
  std::vector<mark> remove_event(std::string_view event_id);
  const std::map<std::string, std::map<std::string, row>>& tables() const { return tables_; } // name → key → row
  // All fact groups, as marks of their kinds.
  std::vector<mark> all_groups() const;
  // A tick is heard: the clock goes on to it if it is behind, and the groups that wake are returned. A late one is nothing.
  std::vector<mark> tick(instant at);
  // Every total counted anew from all rows: the lines that `dump` has of the totals when they are right.
  std::vector<std::string> count_anew(const graph& g) const;
  // Every table as sorted text lines, to compare and to print.
  std::vector<std::string> dump() const;

  std::vector<std::vector<fact>> facts(std::string_view kind, std::span<const std::string> keys) override;
  std::vector<bool> has_facts(std::string_view kind, std::span<const std::string> keys) override;
  std::vector<std::string> fact_keys(std::string_view kind, std::string_view after, std::size_t most) override;
  std::vector<fact> facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                std::size_t most) override;
  std::vector<std::vector<row>> rows(const table& t, std::size_t path, std::span<const std::string> values) override;
  std::vector<std::vector<row>> rows_after(const table& t, std::size_t path, std::span<const row_page> pages, std::size_t most, direction d) override;
  void write(const table& t, std::span<const row> removed, std::span<const row> added) override;
  void add(const table& totals, std::span<const row> more) override;
  instant now() override { return now_; }

private:
  std::map<std::pair<std::string, std::string>, std::map<stamp, fact>> facts_; // (kind, key) → in stamp order
  std::map<std::string, std::map<std::string, row>> tables_;
  std::map<std::string, const table*> described_;
  instant now_;
};

// Derives until no mark is left; throws bug after `passes_most` passes.
void drain(const graph& g, memory_store& s, std::vector<mark> marks, std::size_t passes_most = 10'000);

} // namespace millrace::fold
