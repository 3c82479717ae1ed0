#include "fold/memory_store.hpp"

#include "core/failure.hpp"

#include <algorithm>

namespace millrace::fold {

namespace {

bool is_walked(const path& p) { return p.contains != std::string::npos && p.most > 0; }

// All that a walk comes by: what they contain is asked afterwards.
row_page of_any_text(const path& p, const row_page& asked) {
  return {p.columns.empty() ? "" : asked.value.substr(0, asked.value.rfind('/') + 1), asked.after};
}

void keep_walked(const path& p, std::string_view text, std::vector<row>& passed) {
  if (passed.size() > p.most)
    passed.resize(p.most);
  std::vector<row> kept;
  for (std::size_t i = 0; i < passed.size(); ++i)
    if (i + 1 == p.most || passed[i][p.contains]->find(text) != std::string::npos)
      kept.push_back(std::move(passed[i]));
  passed = std::move(kept);
}

} // namespace

void memory_store::add(const fact& f) { facts_[{f.kind, f.key}].emplace(f.at, f); }

std::vector<mark> memory_store::remove_event(std::string_view event_id) {
  std::vector<mark> marks;
  for (auto group = facts_.begin(); group != facts_.end();) {
    const auto removed = std::erase_if(group->second, [&](const auto& f) { return f.second.event_id == event_id; });
    if (removed > 0)
      marks.push_back({group->first.first, group->first.second});
    group = group->second.empty() ? facts_.erase(group) : std::next(group);
  }
  return marks;
}

std::vector<mark> memory_store::all_groups() const {
  std::vector<mark> marks;
  for (const auto& [group, facts] : facts_)
    marks.push_back({group.first, group.second});
  return marks;
}

std::vector<mark> memory_store::tick(instant at) {
  std::vector<mark> marks;
  if (at <= now_)
    return marks;
  for (const auto& [key, r] : tables_[deadlines_table().name])
    if (const auto due = from_postgres(*r[2]); due > now_ && due <= at)
      marks.push_back({*r[0], *r[1]});
  now_ = at;
  return marks;
}

std::vector<std::string> memory_store::dump() const {
  std::vector<std::string> lines;
  for (const auto& [name, rows] : tables_)
    for (const auto& [key, r] : rows) {
      std::string line = name;
      for (const auto& c : r)
        line += '\t' + c.value_or("\\N");
      lines.push_back(std::move(line));
    }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::vector<fact>> memory_store::facts(std::string_view kind, std::span<const std::string> keys) {
  std::vector<std::vector<fact>> out(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = facts_.find({std::string(kind), keys[i]});
    if (found != facts_.end())
      for (const auto& [at, f] : found->second)
        out[i].push_back(f);
  }
  return out;
}

std::vector<bool> memory_store::has_facts(std::string_view kind, std::span<const std::string> keys) {
  std::vector<bool> out(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    out[i] = facts_.contains({std::string(kind), keys[i]});
  return out;
}

std::vector<std::string> memory_store::fact_keys(std::string_view kind, std::string_view after, std::size_t most) {
  std::vector<std::string> out;
  for (auto i = facts_.upper_bound({std::string(kind), std::string(after)});
       i != facts_.end() && i->first.first == kind && out.size() < most; ++i)
    out.push_back(i->first.second);
  return out;
}

std::vector<fact> memory_store::facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                            std::size_t most) {
  std::vector<fact> out;
  const auto found = facts_.find({std::string(kind), std::string(key)});
  if (found == facts_.end())
    return out;
  for (const auto& [at, f] : found->second)
    if (out.size() < most && at.view() > after_stamp)
      out.push_back(f);
  return out;
}

std::vector<std::vector<row>> memory_store::rows(const table& t, std::size_t path, std::span<const std::string> values) {
  std::vector<std::vector<row>> out(values.size());
  const auto& described = t.paths.at(path);
  if (described.contains != std::string::npos || described.columns.empty())
    throw bug("path " + described.name + " of " + t.name + " is read in pages only");
  for (const auto& [key, r] : tables_[t.name]) {
    const auto value = path_value(t, described, r);
    if (!value)
      continue;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (*value == values[i])
        out[i].push_back(r);
  }
  const auto by = described.greatest_first;
  for (auto& found : out) {
    if (by != std::string::npos)
      std::stable_sort(found.begin(), found.end(), [&](const row& a, const row& b) { return a[by] > b[by]; });
    if (described.most != 0 && found.size() > described.most)
      found.resize(described.most);
  }
  return out;
}

std::vector<std::vector<row>> memory_store::rows_after(const table& t, std::size_t path, std::span<const row_page> pages, std::size_t most,
                                                       direction d) {
  std::vector<std::vector<row>> out;
  const auto& p = t.paths.at(path);
  for (const auto& asked : pages) {
    auto& found = out.emplace_back();
    const auto wanted = is_walked(p) ? of_any_text(p, asked) : asked;
    for (const auto& [key, r] : tables_[t.name])
      if (on_page(t, p, wanted, d, r))
        found.push_back(r);
    std::sort(found.begin(), found.end(), [&](const row& a, const row& b) { return stands_before(t, p, d, a, b); });
    if (is_walked(p))
      keep_walked(p, asked_parts(t, p, asked.value).back(), found);
    if (found.size() > most)
      found.resize(most);
  }
  return out;
}

void memory_store::write(const table& t, std::span<const row> removed, std::span<const row> added) {
  auto& rows = tables_[t.name];
  described_[t.name] = &t;
  const auto key = [&](const row& r) { return path_value(t, t.paths.front(), r).value(); };
  for (const auto& r : removed)
    if (rows.erase(key(r)) == 0)
      throw bug(t.name + " has no row " + key(r) + " to remove");
  for (const auto& r : added)
    if (!rows.emplace(key(r), r).second)
      throw bug(t.name + " has a row " + key(r) + " already");
}

void memory_store::add(const table& totals, std::span<const row> more) {
  auto& rows = tables_[totals.name];
  for (const auto& m : more) {
    const auto key = path_value(totals, totals.paths.front(), m).value();
    auto& kept = rows.try_emplace(key, m.begin(), m.end() - 1).first->second;
    if (kept.size() < m.size())
      kept.push_back(m.back());
    else
      kept.back() = std::to_string(std::stoll(*kept.back()) + std::stoll(*m.back()));
    if (kept.back() == "0")
      rows.erase(key);
  }
}

std::vector<std::string> memory_store::count_anew(const graph& g) const {
  tallying all(g);
  for (const auto& [name, rows] : tables_)
    for (const auto* t : g.tables)
      if (t->name == name)
        for (const auto& [key, r] : rows)
          all.count(*t, {}, std::span(&r, 1));
  std::vector<std::string> lines;
  for (const auto& [totals, rows] : all.sums())
    for (const auto& r : rows) {
      std::string line = totals->name;
      for (const auto& c : r)
        line += '\t' + c.value_or("\\N");
      lines.push_back(std::move(line));
    }
  std::sort(lines.begin(), lines.end());
  return lines;
}

void drain(const graph& g, memory_store& s, std::vector<mark> marks, std::size_t passes_most) {
  for (std::size_t pass = 0; !marks.empty(); ++pass) {
    if (pass == passes_most)
      throw bug("marks do not end: " + marks.front().function + " " + marks.front().key);
    auto result = run_pass(g, s, marks);
    if (!result.stuck.empty())
      throw bug(result.stuck.front().function + " " + result.stuck.front().key + ": " + result.why.front());
    marks = std::move(result.later);
  }
}

} // namespace millrace::fold
