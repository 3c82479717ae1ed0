#include "provider/fields.hpp"

#include "core/text.hpp"
#include "json/writer.hpp"

#include <algorithm>

namespace millrace {
namespace {

using maybe_value = std::optional<field_value>;

field_value text_value(std::string_view text) { return {std::string(text)}; }

bool is_container(json::value v) { return v.is(json::kind::array) || v.is(json::kind::object); }

// A JSON value as a field's: null stays null, containers are their source bytes.
field_value as_field(json::value v) {
  if (v.is(json::kind::null))
    return {};
  return text_value(is_container(v) ? v.source() : v.text());
}

void make_set(std::vector<std::string>& list) {
  for (auto& text : list)
    text = std::string(trim(text));
  std::erase(list, "");
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// An element of a list: its text, or the `name` of an object ({"id": 1, "name": "hot"}).
std::string element_text(json::value v) {
  if (v.is(json::kind::object))
    if (const auto name = scalar_text(v.member("name")))
      return std::string(*name);
  return std::string(is_container(v) ? v.source() : v.text());
}

// A value on its way through the transforms: still the body's, until one makes it a field's.
struct in_flight {
  std::optional<json::value> node;
  maybe_value said;

  bool there() const { return node || said; }
  void drop() { node.reset(), said.reset(); }
  void settle() {
    if (node)
      said = as_field(*node), node.reset();
  }
};

void to_set(in_flight& v) {
  if (v.node && v.node->is(json::kind::array)) {
    std::vector<std::string> list;
    for (const json::value one : v.node->children())
      if (!one.is(json::kind::null))
        list.push_back(element_text(one));
    v.node.reset();
    v.said = field_value{std::move(list)};
  }
  v.settle();
  if (!v.said || v.said->is_null())
    return;
  if (const auto* text = v.said->text())
    v.said = field_value{std::vector{*text}};
  make_set(std::get<std::vector<std::string>>(v.said->held));
}

void split_at_commas(in_flight& v) {
  if (v.node && v.node->is(json::kind::array))
    return; // a list already
  v.settle();
  const auto* text = v.said ? v.said->text() : nullptr;
  if (!text)
    return;
  std::vector<std::string> list;
  for (auto part : split(*text, ','))
    list.emplace_back(part);
  v.said = field_value{std::move(list)};
}

void drop_equal(in_flight& v, const std::string& unwanted, bool to_null) {
  if (v.node && is_container(*v.node))
    return; // equals no text
  v.settle();
  if (!v.said)
    return;
  if (auto* list = std::get_if<std::vector<std::string>>(&v.said->held))
    std::erase(*list, unwanted);
  else if (const auto* text = v.said->text(); text && *text == unwanted)
    v.said = to_null ? maybe_value(field_value{}) : std::nullopt;
}

template <class function>
void change_texts(in_flight& v, function change) {
  v.settle();
  if (!v.said)
    return;
  if (auto* text = std::get_if<std::string>(&v.said->held))
    *text = change(*text);
  else if (auto* list = std::get_if<std::vector<std::string>>(&v.said->held))
    for (auto& one : *list)
      one = change(one);
}

void map_text(in_flight& v, const transform& t) {
  v.settle();
  const auto* text = v.said ? v.said->text() : nullptr;
  if (!text)
    return;
  const auto found = t.table.find(*text);
  v.said = found == t.table.end() ? std::nullopt : maybe_value(text_value(found->second));
}

void to_time(in_flight& v, const transform& t) {
  v.settle();
  const auto* text = v.said ? v.said->text() : nullptr;
  if (!text)
    return;
  const auto time = read_time(t.form, t.zone_minutes, *text);
  v.said = time ? maybe_value(text_value(to_rfc3339(*time))) : std::nullopt;
}

void apply(const transform& t, in_flight& v) {
  using what = transform::what;
  switch (t.kind) {
  case what::scalar:
    if (v.node && !v.node->is(json::kind::null) && !scalar_text(v.node))
      v.drop();
    return;
  case what::plain:
    if (v.node && is_container(*v.node))
      v.drop();
    return;
  case what::json:
    if (v.node && !v.node->is(json::kind::null))
      v.said = text_value(json::make_storable(*v.node).json), v.node.reset();
    return;
  case what::first:
    if (v.node && v.node->is(json::kind::array))
      v.node = v.node->element(0);
    return;
  case what::set:
    return to_set(v);
  case what::split_comma:
    return split_at_commas(v);
  case what::trim:
    return change_texts(v, [](const std::string& s) { return std::string(trim(s)); });
  case what::lower:
    return change_texts(v, [](const std::string& s) { return ascii_lower(s); });
  case what::null_if:
    return drop_equal(v, t.text, true);
  case what::unsaid_if:
    return drop_equal(v, t.text, false);
  case what::map:
    return map_text(v, t);
  case what::time:
    return to_time(v, t);
  }
}

maybe_value transformed(in_flight v, const std::vector<transform>& transforms) {
  for (const auto& t : transforms)
    if (v.there())
      apply(t, v);
  v.settle();
  return std::move(v.said);
}

void repair(std::string& text) {
  if (!is_storable(text))
    text = make_storable(text).text;
}

// Postgres stores every field: no NUL, nothing that is not UTF-8.
maybe_value storable(maybe_value v) {
  if (!v)
    return v;
  if (auto* text = std::get_if<std::string>(&v->held))
    repair(*text);
  else if (auto* list = std::get_if<std::vector<std::string>>(&v->held))
    for (auto& one : *list)
      repair(one);
  return v;
}

// "{/a}:{/b}", "dnd.{key}" → the text; nothing when a place is absent or no scalar.
template <class lookup>
std::optional<std::string> fill(const std::string& text, lookup find) {
  std::string made;
  std::size_t at = 0;
  for (;;) {
    const auto open = text.find('{', at);
    made.append(text, at, std::min(open, text.size()) - at);
    if (open == std::string::npos)
      return made;
    const auto close = text.find('}', open);
    const std::optional<std::string> part = find(std::string_view(text).substr(open + 1, close - open - 1));
    if (!part)
      return std::nullopt;
    made += *part;
    at = close + 1;
  }
}

std::optional<std::string> scalar_string(const std::optional<json::value>& v) {
  const auto text = scalar_text(v);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

maybe_value keyword_part(const value_rule& rule, const places& at) {
  const auto text = scalar_text(at.find(rule.from));
  const auto found = text ? match_keyword(*text) : std::nullopt;
  if (!found)
    return std::nullopt;
  const bool out = found->action == keyword::meaning::out;
  if (rule.text == "action")
    return found->action == keyword::meaning::help ? std::nullopt : maybe_value(text_value(out ? "out" : "in"));
  if (rule.text == "reason")
    return text_value(out ? "STOP" : found->action == keyword::meaning::help ? "HELP" : "other");
  if (rule.text == "word")
    return text_value(found->word);
  return text_value(found->list == keyword::origin::source ? "source" : "memory");
}

// A header's text, or a text of the JSON in it.
maybe_value of_header(const value_rule& rule, const places& at) {
  const auto header = at.header(rule.text);
  if (!header || header->empty())
    return std::nullopt;
  if (rule.from.empty())
    return transformed({std::nullopt, text_value(std::string(*header))}, rule.as);
  const auto said = json::parse(*header);
  if (!said)
    return std::nullopt;
  for (const auto& pointer : rule.from)
    if (const auto text = scalar_string(said->root().at(pointer)))
      return transformed({std::nullopt, text_value(*text)}, rule.as);
  return std::nullopt;
}

maybe_value value_of(const value_rule& rule, const places& at) {
  if (!all_hold(rule.when, at))
    return std::nullopt;
  switch (rule.kind) {
  case value_rule::what::constant:
    return text_value(rule.text);
  case value_rule::what::keyword_part:
    return keyword_part(rule, at);
  case value_rule::what::header:
    return of_header(rule, at);
  case value_rule::what::templated: {
    const auto text = fill(rule.text, [&](std::string_view pointer) { return scalar_string(at.find(pointer)); });
    return text ? transformed({std::nullopt, text_value(*text)}, rule.as) : std::nullopt;
  }
  case value_rule::what::from:
    return transformed({at.find(rule.from), std::nullopt}, rule.as);
  case value_rule::what::each:
    break;
  }
  return std::nullopt;
}

std::optional<json::value> first_at(json::value v, const pointer_list& pointers) {
  for (const auto& pointer : pointers)
    if (auto found = v.at(pointer))
      return found;
  return std::nullopt;
}

// Many fields, one for each member or element.
void add_each(const value_rule& rule, const places& at, field_map& fields) {
  const auto container = all_hold(rule.when, at) ? at.find(rule.from) : std::nullopt;
  if (!container || !is_container(*container))
    return;
  std::size_t index = 0;
  for (const json::value one : container->children()) {
    const auto key = container->is(json::kind::object) ? std::string(one.name()) : std::to_string(index++);
    const auto name = fill(rule.name, [&](std::string_view place) -> std::optional<std::string> {
      const auto part = place == "key" ? std::optional(key) : scalar_string(one.at(place));
      const auto changed = part ? transformed({std::nullopt, text_value(*part)}, rule.name_as) : std::nullopt;
      return changed && changed->text() ? std::optional(*changed->text()) : std::nullopt;
    });
    auto value = name ? storable(transformed({first_at(one, rule.value), std::nullopt}, rule.as)) : std::nullopt;
    if (value)
      fields.insert_or_assign(make_storable(*name).text, std::move(*value));
  }
}

bool says_nothing(const maybe_value& v) {
  if (!v || v->is_null())
    return true;
  const auto* text = v->text();
  return text && text->empty();
}

result<said_fact> read_fact(const fact_rule& rule, const places& at) {
  said_fact fact{rule.kind, {}};
  for (const auto& [name, alternatives] : rule.fields) {
    if (alternatives[0].kind == value_rule::what::each) {
      add_each(alternatives[0], at, fact.fields);
      continue;
    }
    maybe_value said;
    for (const auto& alternative : alternatives) {
      auto value = storable(value_of(alternative, at));
      if (!value)
        continue;
      said = std::move(value);
      if (!said->is_null()) // a null stands only while nothing better follows
        break;
    }
    const bool required = std::any_of(alternatives.begin(), alternatives.end(), [](const auto& a) { return a.required; });
    if (required && says_nothing(said))
      return bad("missing_key", alternatives[0].from.empty() ? "" : alternatives[0].from[0],
                 "the fact `" + rule.kind + "` needs it as its " + name);
    if (said)
      fact.fields.emplace(name, std::move(*said));
  }
  return fact;
}

} // namespace

std::optional<instant> read_time(time_form form, int zone_minutes, std::string_view text) {
  const auto parsed = [&]() -> result<instant> {
    switch (form) {
    case time_form::rfc3339:
      return parse_rfc3339(text);
    case time_form::naive:
      return parse_rfc3339(text, zone_minutes);
    case time_form::epoch_s:
      return parse_epoch_s(text);
    case time_form::epoch_ms:
      return parse_epoch_ms(text);
    case time_form::twilio_time:
      return parse_twilio_time(text);
    }
    return bad("bad_time", "", "");
  }();
  return parsed ? std::optional(*parsed) : std::nullopt;
}

bool holds(const condition& c, const places& at) {
  if (!c.any.empty())
    return std::any_of(c.any.begin(), c.any.end(), [&](const auto& one) { return holds(one, at); });
  const auto v = at.find(c.pointers);
  if (c.keyword) {
    const auto text = scalar_text(v);
    const auto found = text ? match_keyword(*text) : std::nullopt;
    return found && (c.says ? found->action == *c.says : found->action != keyword::meaning::help);
  }
  const bool comparable = v && !v->is(json::kind::null) && !is_container(*v);
  if (c.exists && *c.exists != (v && !v->is(json::kind::null)))
    return false;
  if (c.scalar && *c.scalar != scalar_text(v).has_value())
    return false;
  if (!c.in.empty() && !(comparable && c.in.contains(v->text())))
    return false;
  return !(comparable && c.not_in.contains(v->text()));
}

bool all_hold(const condition_list& conditions, const places& at) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const auto& c) { return holds(c, at); });
}

bool says(const value_rule& rule, const places& at) {
  const auto value = value_of(rule, at);
  return value && (value->is_null() || !says_nothing(value));
}

result<std::vector<said_fact>> read_facts(const std::vector<fact_rule>& rules, const places& at) {
  std::vector<said_fact> facts;
  for (const auto& rule : rules) {
    if (!all_hold(rule.when, at))
      continue;
    auto fact = read_fact(rule, at);
    if (!fact)
      return fact.error();
    facts.push_back(std::move(*fact));
  }
  return facts;
}

} // namespace millrace
