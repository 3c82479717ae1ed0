#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "fold/last_said.hpp"
#include "leads/classify_settings.hpp"
#include "matching/pattern.hpp"

#include <string>

namespace millrace::classifier {
namespace {

using fold::cell;
using fold::row;

// Facts of one thing that hangs on a category.
class words {
public:
  explicit words(const std::vector<fold::fact>& facts) : facts_(facts) {}
  cell said(std::string_view field) const { return fold::last_said(facts_, field); }
  cell created() const { return to_postgres(facts_.front().time()); }
  cell deleted() const { return fold::first_said_at(facts_, "deleted"); }

private:
  const std::vector<fold::fact>& facts_;
};

cell state_of(const matching::reading& read) { return std::string(matching::name_of(read.state)); }

// Whose patterns differ when a row does: its category, old and new.
void mark_patterns(std::span<const change> changes, std::size_t category, marks& m) {
  for (const auto& c : changes)
    for (const auto* one : {c.before, c.after})
      if (one && (*one)[category])
        m.add("patterns", *(*one)[category]);
}

} // namespace

void derive_keyword(std::string_view keyword, reader& r, rows_out& out) {
  out.claim(category_keywords::table(), category_keywords::by_id, keyword);
  const auto& facts = r.facts("keyword_set", keyword);
  if (facts.empty())
    return;
  const words w(facts);
  const auto text = w.said("text");
  out.put(category_keywords::table(), {std::string(keyword), w.said("category"), text, w.said("lang"), w.created(), state_of(matching::read_words(text.value_or(""))), w.deleted()});
}

void keyword_changed(std::string_view, std::span<const change> changes, reader&, marks& m) { mark_patterns(changes, category_keywords::category, m); }

void derive_rule(std::string_view rule, reader& r, rows_out& out) {
  out.claim(category_rules::table(), category_rules::by_id, rule);
  const auto& facts = r.facts("rule_set", rule);
  if (facts.empty())
    return;
  const words w(facts);
  const auto mode = w.said("match_mode").value_or("contains");
  const auto pattern = w.said("pattern");
  const auto read = mode == "regex" ? matching::read_regex(pattern.value_or("")) : matching::read_words(pattern.value_or(""));
  const auto weight = millrace::leads::thousandths_of(w.said("weight").value_or("1")).value_or(1000);
  out.put(category_rules::table(), {std::string(rule), w.said("category"), w.said("target"), pattern, mode, millrace::leads::decimal_of(weight, 3), w.said("note"),
                                    w.said("enabled") == "false" ? "f" : "t", w.created(), state_of(read), w.deleted()});
}

void rule_changed(std::string_view, std::span<const change> changes, reader&, marks& m) { mark_patterns(changes, category_rules::category, m); }

void derive_template(std::string_view id, reader& r, rows_out& out) {
  namespace c = category_query_templates;
  out.claim(c::table(), c::by_id, id);
  const auto& facts = r.facts("template_set", id);
  if (facts.empty())
    return;
  const words w(facts);
  out.put(c::table(), {std::string(id), w.said("category"), w.said("text"), w.said("lang"), w.created(), w.deleted()});
}

void derive_category_act(std::string_view event, reader& r, rows_out& out) {
  namespace c = category_activity_log;
  out.claim(c::table(), c::by_event, event);
  for (const auto& f : r.facts("category_act", event)) {
    const auto said = [&](std::string_view field) { return f.text(field) ? cell(*f.text(field)) : cell(); };
    out.put(c::table(), {std::string(event), said("act"), said("category"), said("user"), said("said"), to_postgres(f.time())});
  }
}

} // namespace millrace::classifier
