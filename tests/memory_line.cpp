#include "memory_line.hpp"

#include "core/failure.hpp"
#include "core/uuid.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::in_memory {

instant after_2026(std::int64_t seconds) { return {(1767225600 + seconds) * second_us}; }

said_fact say(std::string kind, std::initializer_list<std::pair<const std::string, field_value>> fields) {
  return {std::move(kind), field_map(fields.begin(), fields.end())};
}
field_value null_value() { return {}; }
field_value tags(std::vector<std::string> list) { return {std::move(list)}; }

std::vector<fold::fact> facts_of(const fold::domain& d, const told& e) {
  event from;
  from.provider = e.provider;
  from.account = e.provider == "admin" || e.provider == "alerting" ? "acme/west" : "loc";
  from.received = after_2026(e.at_s);
  from.dedupe_key = make_dedupe_key(e.provider, from.account, "test", e.id, "1");
  std::vector<fold::fact> facts;
  std::map<std::pair<std::string, std::string>, unsigned> before;
  for (auto& grouped : d.take(from, e.facts)) {
    fold::fact f;
    f.kind = std::move(grouped.kind);
    f.key = std::move(grouped.key);
    f.at = stamp::make(after_2026(e.at_s), grouped.last_at_equal_times, from.dedupe_key, f.kind, f.key, before[{f.kind, f.key}]++);
    f.event_id = uuid_v8(from.key_hash());
    f.account = from.provider + ":" + from.account;
    f.fields = std::move(grouped.fields);
    facts.push_back(std::move(f));
  }
  return facts;
}

void line::record(const told& e) {
  if (e.provider == "clock")
    for (auto& m : store_.tick(after_2026(e.at_s)))
      pending_.insert(std::move(m));
  if (recorded_.contains(e.id))
    return;
  auto facts = facts_of(domain_, e);
  for (const auto& f : facts) {
    store_.add(f);
    pending_.insert({f.kind, f.key});
  }
  recorded_[e.id] = std::move(facts);
}

void line::take_back(const told& e) {
  const auto found = recorded_.find(e.id);
  if (found == recorded_.end())
    return;
  if (!found->second.empty())
    for (auto& m : store_.remove_event(found->second.front().event_id))
      pending_.insert(std::move(m));
  recorded_.erase(found);
}

fold::pass_result line::pass(const std::set<fold::mark>& chosen, const fold::pass_options& o) {
  std::vector<fold::mark> marks(chosen.begin(), chosen.end());
  if (chosen.empty())
    marks.assign(pending_.begin(), pending_.end());
  for (const auto& m : marks)
    pending_.erase(m);
  auto result = fold::run_pass(*domain_.graph, store_, marks, o);
  if (!result.stuck.empty())
    throw bug(result.stuck.front().function + " " + result.stuck.front().key + ": " + result.why.front());
  pending_.insert(result.later.begin(), result.later.end());
  pending_.insert(result.postponed.begin(), result.postponed.end());
  check_unique();
  return result;
}

void line::drain() {
  for (int passes = 0; !pending_.empty(); ++passes) {
    if (passes == 1000)
      throw bug("marks do not end: " + pending_.begin()->function + " " + pending_.begin()->key);
    pass();
  }
}

std::vector<fold::fact> line::facts() const {
  std::vector<fold::fact> all;
  for (const auto& [id, facts] : recorded_)
    all.insert(all.end(), facts.begin(), facts.end());
  return all;
}

std::vector<std::string> line::show(std::string_view table, std::initializer_list<std::string_view> columns) const {
  std::vector<std::string> shown;
  const auto rows = store_.tables().find(std::string(table));
  const auto described = std::find_if(domain_.graph->tables.begin(), domain_.graph->tables.end(),
                                      [&](const fold::table* t) { return t->name == table; });
  const auto& t = described == domain_.graph->tables.end() ? fold::findings_table() : **described;
  if (rows == store_.tables().end())
    return shown;
  for (const auto& [key, row] : rows->second) {
    std::string text;
    for (const auto column : columns)
      text += (text.empty() ? "" : "|") + row[t.column_index(column)].value_or("-");
    shown.push_back(text);
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

void line::check_unique() const {
  const std::pair<const char*, const char*> unique[] = {
      {"contact_mappings", "aloware_contact_id"},     {"call_list_registry", "aloware_list_name"},
      {"message_mappings", "texting_message_id"},     {"message_mappings", "ghl_message_id"},
      {"message_mappings", "aloware_message_id"},     {"users", "mobile"},
      {"users", "username"},                          {"leads_fingerprints", "fingerprint"},
      {"categories", "slug"},
  };
  for (const auto& [table, column] : unique) {
    auto values = show(table, {column});
    std::erase(values, "-");
    const auto twice = std::adjacent_find(values.begin(), values.end());
    if (twice != values.end())
      throw bug(std::string(table) + "." + column + " is not unique: " + *twice);
  }
}

std::vector<std::string> line::whole(const fold::domain& d, const std::vector<told>& events) {
  line once(d);
  for (const auto& e : events)
    once.record(e);
  once.drain();
  return once.rows();
}

std::vector<std::string> what_differs(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out, only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  for (const auto& l : only)
    out.push_back("- " + l);
  only.clear();
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only));
  for (const auto& l : only)
    out.push_back("+ " + l);
  return out;
}

} // namespace millrace::in_memory
