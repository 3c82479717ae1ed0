#include "console/event_ring.hpp"

#include "core/format.hpp"
#include "json/writer.hpp"

namespace millrace::console {

std::string seen_event::outcome() const {
  if (!event.unreadable.empty())
    return "foreign";
  for (const auto& [service, of] : rows.services)
    if (of.outcome == "duplicate" || of.outcome == "stuck")
      return of.outcome;
  if (rows.raw)
    return rows.raw->status == "done" ? event.outcome : rows.raw->status; // error, pending
  return "waiting";
}

std::optional<double> seen_event::ms_to_row() const {
  if (!rows.raw || !rows.raw->recorded)
    return std::nullopt;
  return static_cast<double>(rows.raw->recorded->us - event.received.us) / 1000;
}

void event_ring::add(line::shown_event e, std::int64_t now_ms) {
  if (e.payload.size() > payload_most)
    e.payload = json::quote(format("[{} bytes: too much to show]", e.payload.size()));
  seen_event s;
  s.number = next_number_++;
  s.revision = ++revision_;
  s.seen_ms = now_ms;
  s.complete = !e.unreadable.empty();
  s.event = std::move(e);
  events_.push_back(std::move(s));
  while (events_.size() > most_)
    events_.pop_front();
}

void event_ring::set(std::uint64_t number, event_rows rows, bool complete) {
  if (events_.empty() || number < events_.front().number || number > events_.back().number)
    return;
  seen_event& s = events_[static_cast<std::size_t>(number - events_.front().number)];
  if (s.rows != rows || s.complete != complete)
    s.revision = ++revision_;
  s.rows = std::move(rows);
  s.complete = complete;
}

const seen_event* event_ring::find(std::uint64_t number) const {
  if (events_.empty() || number < events_.front().number || number > events_.back().number)
    return nullptr;
  return &events_[static_cast<std::size_t>(number - events_.front().number)];
}

std::vector<const seen_event*> event_ring::changed_since(std::uint64_t revision, std::size_t most) const {
  std::vector<const seen_event*> found;
  for (auto e = events_.rbegin(); e != events_.rend() && found.size() < most; ++e)
    if (e->revision > revision)
      found.push_back(&*e);
  return found;
}

std::vector<const seen_event*> event_ring::waiting(std::size_t most) const {
  std::vector<const seen_event*> found;
  for (auto e = events_.rbegin(); e != events_.rend() && found.size() < most; ++e)
    if (!e->complete)
      found.push_back(&*e);
  return found;
}

} // namespace millrace::console
