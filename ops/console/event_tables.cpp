#include "console/event_tables.hpp"

#include <algorithm>

namespace millrace::console {
namespace {

using waiting = board::waiting_event;

bool reads(const pipeline::service& s, const std::string& topic) {
  return std::any_of(s.topics.begin(), s.topics.end(), [&](const auto& t) { return t.name == topic; });
}

std::string ids_of(const std::vector<waiting*>& events) {
  std::vector<std::string> ids;
  for (const waiting* e : events)
    ids.push_back(e->id);
  return postgres::array(std::span<const std::string>(ids));
}

std::string without_quotes(std::string place) {
  std::erase(place, '"');
  return place;
}

} // namespace

event_tables::event_tables(postgres::connection& c, std::span<const pipeline::service> services) : connection_(c), services_(services) {
  for (const auto& s : services_)
    if (c.query("select to_regclass($1) is not null", {s.own("seen")}).text(0, 0) == "t")
      there_.insert(s.name);
}

std::vector<bool> event_tables::look(std::vector<waiting>& events) {
  for (const auto& s : services_) {
    std::vector<waiting*> of_this;
    for (waiting& e : events)
      if (has(s.name) && reads(s, e.topic))
        of_this.push_back(&e);
    if (!of_this.empty())
      look(s, of_this);
  }
  std::vector<bool> complete;
  for (const waiting& e : events)
    complete.push_back(std::all_of(services_.begin(), services_.end(), [&](const auto& s) {
      const auto said = e.rows.services.find(s.name);
      return !has(s.name) || !reads(s, e.topic) ||
             (said != e.rows.services.end() && (!s.raw_table_of(e.topic) || said->second.outcome == "duplicate" || (e.rows.raw && e.rows.raw->status != "pending")));
    }));
  return complete;
}

void event_tables::look(const pipeline::service& s, std::vector<waiting*>& events) {
  const auto seen = connection_.query("select id, received_at, outcome from " + s.own("seen") + " where id = any($1::uuid[])", {ids_of(events)});
  std::vector<waiting*> stored; // whose delivery is the one that counts
  for (std::size_t r = 0; r < seen.size(); ++r)
    for (waiting* e : events)
      if (e->id == seen.text(r, 0)) {
        const bool is_this = from_postgres(seen.text(r, 1)) == e->received;
        e->rows.services[s.name].outcome = is_this ? std::string(seen.text(r, 2)) : "duplicate";
        if (is_this)
          stored.push_back(e);
      }
  if (stored.empty())
    return;
  look_for_facts(s, stored);
  std::map<std::string, std::vector<waiting*>> by_table;
  for (waiting* e : stored)
    if (const auto* raw = s.raw_table_of(e->topic))
      by_table[s.place(*raw)].push_back(e);
  for (const auto& [place, of_table] : by_table)
    look_for_raw_rows(place, of_table);
}

void event_tables::look_for_facts(const pipeline::service& s, const std::vector<waiting*>& events) {
  const auto facts = connection_.query("select event_id, kind, count(*) from " + s.own("facts") + " where event_id = any($1::uuid[]) group by 1, 2", {ids_of(events)});
  for (std::size_t r = 0; r < facts.size(); ++r)
    for (waiting* e : events)
      if (e->id == facts.text(r, 0))
        e->rows.services[s.name].facts[std::string(facts.text(r, 1))] = facts.integer(r, 2);
}

void event_tables::look_for_raw_rows(const std::string& place, const std::vector<waiting*>& events) {
  std::vector<std::string> times;
  for (const waiting* e : events)
    times.push_back(to_postgres(e->received));
  const auto rows = connection_.query("select r.id, r.status, r.processed_at from unnest($1::uuid[], $2::timestamptz[]) e (id, at) join " + place +
                                          " r on r.id = e.id and r.received_at = e.at",
                                      {ids_of(events), postgres::array(std::span<const std::string>(times))});
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (waiting* e : events)
      if (e->id == rows.text(r, 0)) {
        event_rows::raw_row row{without_quotes(place), std::string(rows.text(r, 1)), std::nullopt};
        if (const auto processed = rows.at(r, 2))
          row.recorded = from_postgres(*processed);
        e->rows.raw = std::move(row);
      }
}

} // namespace millrace::console
