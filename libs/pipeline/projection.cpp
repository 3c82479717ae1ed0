#include "pipeline/projection.hpp"

#include <algorithm>
#include <limits>

namespace millrace::pipeline {

namespace {

constexpr instant always{std::numeric_limits<std::int64_t>::min()};
constexpr instant never{std::numeric_limits<std::int64_t>::max()};

// Quarantine and release of one thing: the later said one decides (in order of received time, then stamp).
struct switch_state {
  bool on = false;
  instant since;
};

void bind(projection& p, const account_fact& f, bool first) {
  const std::string wanted(f.said.text_or_empty("project"));
  auto& open = p.intervals.back();
  if (!open.project.empty()) {
    if (open.project != wanted)
      p.already_bound.push_back({wanted, open.project});
    return;
  }
  if (first || open.from == f.received) {
    open.project = wanted;
    return;
  }
  open.to = f.received;
  p.intervals.push_back({f.received, never, wanted, false});
}

void unbind(projection& p, const account_fact& f) {
  auto& open = p.intervals.back();
  if (open.project.empty())
    return;
  if (const auto by = f.said.text_or_empty("project"); open.project != by) {
    p.foreign.push_back({std::string(by), open.project});
    return;
  }
  if (open.from == f.received) {
    open.project.clear();
    return;
  }
  open.to = f.received;
  p.intervals.push_back({f.received, never, {}, false});
}

// Splits the intervals at `since` and holds all behind it.
void hold(projection& p, instant since) {
  std::vector<interval> out;
  for (auto i : p.intervals) {
    if (i.from < since && since < i.to) {
      out.push_back({i.from, since, i.project, false});
      i.from = since;
    }
    i.held = i.from >= since;
    out.push_back(i);
  }
  p.intervals = std::move(out);
}

bool has_ever_had(const projection& p, std::string_view project) {
  return std::any_of(p.intervals.begin(), p.intervals.end(), [&](const interval& i) { return i.project == project; });
}

// Whether the project may command so, by the bindings alone; if not it is noted.
bool may(projection& p, const account_fact& f) {
  const auto by = f.said.text_or_empty("project");
  const auto& in_force = at(p.intervals, f.received).project;
  const bool yes = f.said.kind == "erase" ? has_ever_had(p, by) : in_force.empty() || in_force == by;
  if (!yes)
    p.foreign.push_back({std::string(by), in_force});
  return yes;
}

} // namespace

projection project(std::vector<account_fact> facts) {
  std::sort(facts.begin(), facts.end(), [](const account_fact& a, const account_fact& b) {
    return std::tie(a.received, a.said.at) < std::tie(b.received, b.said.at);
  });
  projection p;
  p.intervals.push_back({always, never, {}, false});
  bool bound_before = false;
  for (const auto& f : facts)
    if (f.said.kind == "binding") {
      bind(p, f, !bound_before);
      bound_before = true;
    } else if (f.said.kind == "unbinding") {
      unbind(p, f);
    }
  switch_state quarantine;
  for (const auto& f : facts) {
    const auto& kind = f.said.kind;
    if (kind == "binding" || kind == "unbinding" || !may(p, f))
      continue;
    if (kind == "quarantine_account") {
      if (!quarantine.on)
        quarantine = {true, f.received};
    } else if (kind == "release_account") {
      quarantine.on = false;
    } else if (kind == "quarantine") {
      p.held_events.emplace(f.said.text_or_empty("event_id"));
    } else if (kind == "release") {
      p.held_events.erase(std::string(f.said.text_or_empty("event_id")));
    } else if (kind == "erase") {
      p.erased.insert(fold::join_key({f.said.text_or_empty("entity"), f.said.text_or_empty("system"), f.said.text_or_empty("id")}));
    }
  }
  if (quarantine.on)
    hold(p, quarantine.since);
  return p;
}

const interval& at(const std::vector<interval>& intervals, instant received) {
  const auto after = std::upper_bound(intervals.begin(), intervals.end(), received,
                                      [](instant t, const interval& i) { return t < i.from; });
  return *std::prev(after);
}

} // namespace millrace::pipeline
