#include "provider/unsaid.hpp"

#include "core/format.hpp"
#include "json/document.hpp"
#include "provider/coverage.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/facts.hpp"
#include "provider/family.hpp"
#include "provider/fields.hpp"

#include <algorithm>
#include <map>

namespace millrace {
namespace {

// Which rules read a member, by its name.
using readers = std::map<std::string, std::vector<const value_rule*>, std::less<>>;

readers readers_of(const type_rule& type) {
  readers all;
  for (const fact_rule& fact : type.facts)
    for (const auto& [field, alternatives] : fact.fields)
      for (const value_rule& rule : alternatives)
        if (rule.kind != value_rule::what::header)
          for (const std::string& pointer : rule.from)
            all[pointer.substr(1, pointer.find('/', 1) - 1)].push_back(&rule);
  return all;
}

std::vector<std::string> names_of(const readers& all) {
  std::vector<std::string> names;
  for (const auto& [name, rules] : all)
    names.push_back(name);
  return names;
}

// What a field takes, where its rule lists it.
std::string allowed_by(const std::vector<const value_rule*>& rules) {
  std::string list;
  for (const value_rule* rule : rules)
    for (const transform& t : rule->as)
      for (const auto& [word, meaning] : t.table)
        list += (list.empty() ? "" : ", ") + word;
  return list;
}

std::string why_unsaid(const json::value& v, const std::vector<const value_rule*>& rules) {
  const std::string list = allowed_by(rules);
  if (!list.empty())
    return format("`{}` is not known here (known: {})", v.is(json::kind::string) ? v.text() : v.source(), list);
  if (v.is(json::kind::string) && v.text().empty())
    return "an empty text says nothing; null empties it";
  return format("{} says nothing here: a text is expected", v.source());
}

bool is_told(const std::vector<fault>& all, std::string_view pointer) {
  return std::any_of(all.begin(), all.end(), [&](const fault& f) { return f.place.ends_with(pointer); });
}

void add_members(const type_rule& type, const places& at, const json::value& members, std::string_view data, std::vector<fault>& out) {
  const readers all = readers_of(type);
  for (const json::value m : members.children()) {
    const std::string place = format("{}/{}", data, m.name());
    const auto read = all.find(m.name());
    if (read == all.end())
      out.push_back(bad("unknown_member", place, format("`{}` is not known here{}", m.name(), did_you_mean(m.name(), names_of(all)))));
    else if (!m.is(json::kind::null) && std::none_of(read->second.begin(), read->second.end(), [&](const value_rule* r) { return says(*r, at); }))
      out.push_back(bad("bad_value", place, why_unsaid(m, read->second)));
  }
}

} // namespace

std::vector<fault> unsaid_in(const catalogue& profiles, const event& e, std::string_view data) {
  std::vector<fault> out;
  const profile* p = profiles.find(e.provider);
  const auto body = json::parse(e.body);
  const auto of = p ? p->families.find(e.family) : decltype(p->families.end()){};
  if (p && of != p->families.end() && body) {
    const event_rules& rules = rules_of(*of->second);
    const type_rule* type = rules.find(e.type);
    if (!type) {
      std::vector<std::string> names;
      for (const auto& [name, rule] : rules.types)
        names.push_back(name);
      return {bad("unknown_type", "/type", format("`{}` is not known{}", e.type, did_you_mean(e.type, names)))};
    }
    if (const auto members = body->root().at(data); members && members->is(json::kind::object))
      add_members(*type, places(body->root(), rules.bases, false), *members, data, out);
  }
  const reading r = read_event(profiles, e);
  if (r.what == reading::outcome::applied)
    return out;
  const std::string_view detail = r.detail; // "/action: …" of what is missing
  const std::string_view pointer = detail.starts_with('/') ? detail.substr(0, detail.find(':')) : std::string_view();
  if (pointer.empty() || !is_told(out, pointer))
    out.push_back(bad(r.code, std::string(data) + std::string(pointer), pointer.empty() ? r.detail : r.detail.substr(r.detail.find(':') + 2)));
  return out;
}

} // namespace millrace
