#include "classifier/leads/rules.hpp"

#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "fold/last_said.hpp"
#include "leads/all_rows.hpp"
#include "leads/limits.hpp"
#include "matching/pattern.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace millrace::classifier {
namespace {

using fold::cell;
using fold::row;
using millrace::leads::classify_settings;

constexpr std::size_t needle_characters_min = 3, needle_characters_max = 100;

const row* rules_row(reader& r) { return r.first(rulesets::table(), rulesets::by_rules, rulesets::the_one); }

std::string digest_of(std::string_view text) { return to_hex(crypto::sha256(text)).substr(0, 32); }

// What can be found in *lead_texts* by its text; regexes cannot.
std::string search_of(const row& pattern) { return *pattern[patterns::kind] == "regex" ? std::string() : needle_of(std::string_view(*pattern[patterns::text])); }

// All distinct patterns of one category: (kind, target, text) → weight.
class gathering {
public:
  void add(std::string kind, std::string target, std::string text, std::int64_t weight) { sums_[{std::move(kind), std::move(target), std::move(text)}] += weight; }
  void put(std::string_view category, rows_out& out) const {
    for (const auto& [pattern, weight] : sums_) {
      const auto& [kind, target, text] = pattern;
      if (weight != 0)
        out.put(patterns::table(), {std::string(category), kind, target, digest_of(text), text, std::to_string(weight)});
    }
  }

private:
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> sums_;
};

void add_keyword(const row& k, std::set<std::string>& distinct) {
  namespace c = category_keywords;
  if (!k[c::deleted_at] && k[c::pattern_state] == "ok")
    distinct.emplace(matching::read_words(*k[c::keyword]).text);
}

void add_rule(const row& rule, gathering& g) {
  namespace c = category_rules;
  if (rule[c::deleted_at] || rule[c::enabled] == "f" || rule[c::pattern_state] != "ok" || !rule[c::target])
    return;
  const auto& mode = *rule[c::match_mode];
  auto read = mode == "regex" ? matching::read_regex(*rule[c::pattern]) : matching::read_words(*rule[c::pattern]);
  g.add(mode, *rule[c::target], std::move(read.text), millrace::leads::thousandths_of(*rule[c::weight]).value());
}

classify_settings settings_said(reader& r) {
  classify_settings s;
  for (const auto& name : millrace::leads::classify_setting_names())
    if (const auto value = fold::last_said(r.facts("setting", name), "value"))
      s.take(name, *value);
  return s;
}

} // namespace

std::string needle_of(std::string_view folded) {
  auto needle = millrace::leads::cut_characters(folded, needle_characters_max);
  return millrace::leads::cut_characters(folded, needle_characters_min - 1).size() < needle.size() ? needle : std::string();
}

std::shared_ptr<const ruleset> ruleset_of(reader& r) {
  const auto* rules = rules_row(r);
  if (!rules)
    return nullptr;
  const auto all_patterns = [](reader& all) { return leads::all_rows(all, patterns::table(), patterns::all); };
  return r.built<ruleset>(ruleset_name, *(*rules)[rulesets::hash], all_patterns, [settings = classify_settings::from(*(*rules)[rulesets::settings])](std::vector<row> all) {
    return ruleset(std::move(all), settings);
  });
}

void derive_patterns(std::string_view category, reader& r, rows_out& out) {
  out.claim(patterns::table(), patterns::by_category, category);
  const auto* said = r.first(category_said::table(), category_said::by_category, category);
  const auto& keywords = r.rows(category_keywords::table(), category_keywords::by_category, category);
  const auto& rules = r.rows(category_rules::table(), category_rules::by_category, category);
  if (!said || (*said)[category_said::deleted_at] || (*said)[category_said::is_active] == "f")
    return;
  gathering g;
  std::set<std::string> distinct;
  for (const auto& k : keywords)
    add_keyword(k, distinct);
  for (const auto& text : distinct)
    g.add("keyword", "", text, 1000);
  for (const auto& rule : rules)
    add_rule(rule, g);
  g.put(category, out);
}

void patterns_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  m.add("ruleset", "");
  for (const auto& c : changes)
    if (const auto needle = search_of(c.after ? *c.after : *c.before); !needle.empty())
      m.add("rejudge", fold::join_key({needle, ""}));
}

void derive_ruleset(std::string_view, reader& r, rows_out& out) {
  out.claim(rulesets::table(), rulesets::by_rules, rulesets::the_one);
  const auto all = leads::all_rows(r, patterns::table(), patterns::all);
  const auto settings = settings_said(r).held();
  if (all.empty())
    return;
  std::string whole = settings, unsearchable = settings;
  for (const auto& p : all) {
    std::string one;
    for (const auto column : {patterns::category, patterns::kind, patterns::target, patterns::digest, patterns::weight})
      one += '\n' + *p[column];
    whole += one;
    if (search_of(p).empty())
      unsearchable += one;
  }
  out.put(rulesets::table(), {rulesets::the_one, digest_of(whole), digest_of(unsearchable), settings});
}

void ruleset_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes) {
    const auto all_of = [](const row* one) { return one ? (*one)[rulesets::all_hash] : cell(); };
    if (all_of(c.before) != all_of(c.after))
      m.add("rejudge_all", "");
  }
}

} // namespace millrace::classifier
