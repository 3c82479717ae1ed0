#include "provider/described.hpp"

#include "provider/compiled_rules.hpp"

#include <set>

namespace millrace {
namespace {

std::string meaning_of(const type_rule& type) {
  if (!type.ignored.empty())
    return "ignored: " + type.ignored;
  std::set<std::string> kinds;
  for (const fact_rule& f : type.facts)
    kinds.insert(f.kind);
  std::string said;
  for (const std::string& kind : kinds)
    said += (said.empty() ? "facts: " : ", ") + kind;
  return said.empty() ? "no facts" : said;
}

} // namespace

described_family describe(const family& f) {
  described_family d;
  d.has_handshake = !f.rules->handshake.when.empty();
  d.names_accounts = !f.rules->account.empty();
  for (const auto& [name, type] : f.rules->types)
    d.types.emplace(name, meaning_of(type));
  return d;
}

} // namespace millrace
