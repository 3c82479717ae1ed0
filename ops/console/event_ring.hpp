// The newest events and what became of each, bounded in number and bytes. Each change has a revision, so that a page that
// saw some of them is told the rest. A value; its owner's lock guards it.
#pragma once

#include "line/shown_event.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::console {

// What the tables say of one event.
struct event_rows {
  struct of_service {
    std::string outcome; // applied, ignored, error, stuck; duplicate: another delivery is the stored one
    std::map<std::string, std::int64_t> facts; // rows by kind
    friend bool operator==(const of_service&, const of_service&) = default;
  };
  std::map<std::string, of_service> services;
  struct raw_row {
    std::string table, status;
    std::optional<instant> recorded;
    friend bool operator==(const raw_row&, const raw_row&) = default;
  };
  std::optional<raw_row> raw;
  friend bool operator==(const event_rows&, const event_rows&) = default;
};

struct seen_event {
  std::uint64_t number = 0;   // in the order of arrival here
  std::uint64_t revision = 0; // of its last change
  std::int64_t seen_ms = 0;
  line::shown_event event;
  event_rows rows;
  bool complete = false; // the tables will say nothing new

  // waiting, applied, ignored, duplicate, error, pending, stuck; foreign: no event of ours.
  std::string outcome() const;
  // From the gateway to the raw row.
  std::optional<double> ms_to_row() const;
};

class event_ring {
public:
  explicit event_ring(std::size_t most) : most_(most) {}

  // A payload of more than `payload_most` bytes is left out.
  void add(line::shown_event e, std::int64_t now_ms);
  // What the tables say of it by now; `complete`: of all services that read it.
  void set(std::uint64_t number, event_rows rows, bool complete);

  const seen_event* find(std::uint64_t number) const;
  // The newest first.
  std::vector<const seen_event*> changed_since(std::uint64_t revision, std::size_t most) const;
  // Those that are not complete, the newest first.
  std::vector<const seen_event*> waiting(std::size_t most) const;
  const std::deque<seen_event>& all() const { return events_; }
  std::uint64_t revision() const { return revision_; }

  static constexpr std::size_t payload_most = 64 * 1024;

private:
  std::size_t most_;
  std::deque<seen_event> events_; // by number
  std::uint64_t next_number_ = 1, revision_ = 0;
};

} // namespace millrace::console
