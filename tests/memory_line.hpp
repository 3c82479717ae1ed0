// The line without its I/O, for tests of domains: events as said facts go through `take` into a store in maps, marks are
// derived in passes of any size and order, time comes in ticks. One thread.
#pragma once

#include "fold/domain.hpp"
#include "fold/memory_store.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::in_memory {

// An event as the profiles read it. Of provider "clock" it is a tick: time comes to its moment, if it is not there already.
struct told {
  std::string provider = "ghl";
  std::string id; // names the event: its dedupe_key is made of it
  std::int64_t at_s = 0; // event time in seconds after 2026-01-01
  std::vector<said_fact> facts;
};

instant after_2026(std::int64_t seconds);
// A fact's fields: a text, "\\N" for null, or a list.
said_fact say(std::string kind, std::initializer_list<std::pair<const std::string, field_value>> fields);
field_value null_value();
field_value tags(std::vector<std::string> list);

// The facts of one event with their stamps, as record writes them.
std::vector<fold::fact> facts_of(const fold::domain& d, const told& e);

// One service.
class line {
public:
  explicit line(const fold::domain& d) : domain_(d) {}

  // Records an event; one that was recorded already is a duplicate and changes nothing.
  void record(const told& e);
  // Takes an event's facts back (an earlier delivery replaces it; an erasure).
  void take_back(const told& e);
  // Derives the marks that `chosen` picks, all if empty; the others stay.
  fold::pass_result pass(const std::set<fold::mark>& chosen = {}, const fold::pass_options& o = {});
  void drain();
  const std::set<fold::mark>& pending() const { return pending_; }

  // "table\tcell\tcell", sorted; findings too.
  std::vector<std::string> rows() const { return store_.dump(); }
  // The rows of one table, each as its named cells "a|b|c" ("-" for null), sorted.
  std::vector<std::string> show(std::string_view table, std::initializer_list<std::string_view> columns) const;
  // All facts that are there.
  std::vector<fold::fact> facts() const;
  // Throws bug when two rows share a value that must be unique.
  void check_unique() const;

  // The same events, recorded at once and derived as a whole.
  static std::vector<std::string> whole(const fold::domain& d, const std::vector<told>& events);

private:
  const fold::domain& domain_;
  fold::memory_store store_;
  std::set<fold::mark> pending_;
  std::map<std::string, std::vector<fold::fact>> recorded_; // event id → its facts
};

// "- row" and "+ row": those of `a` that `b` has not, and the reverse.
std::vector<std::string> what_differs(const std::vector<std::string>& a, const std::vector<std::string>& b);

} // namespace millrace::in_memory
