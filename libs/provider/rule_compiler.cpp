#include "provider/rule_compiler.hpp"

#include "core/format.hpp"
#include "core/text.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>

namespace millrace {
namespace {

std::string escaped(std::string_view name) {
  std::string out;
  for (char c : name)
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

// "+05:30" → 330.
std::optional<int> zone_minutes(std::string_view zone) {
  const auto digit = [&](std::size_t i) { return zone[i] >= '0' && zone[i] <= '9' ? zone[i] - '0' : 100; };
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':')
    return std::nullopt;
  const int hours = digit(1) * 10 + digit(2), minutes = digit(4) * 10 + digit(5);
  if (hours > 14 || minutes > 59)
    return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

std::string alternatives(std::initializer_list<std::string_view> known) {
  std::string list;
  for (auto name : known)
    list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

} // namespace

std::optional<profile_node> profile_node::member(std::string_view name) const {
  if (auto found = v.member(name))
    return profile_node{*found, at + "/" + escaped(name)};
  return std::nullopt;
}

std::vector<profile_node> profile_node::elements() const {
  std::vector<profile_node> made;
  std::size_t i = 0;
  for (const json::value child : v.children())
    made.push_back({child, at + "/" + (v.is(json::kind::object) ? escaped(child.name()) : std::to_string(i++))});
  return made;
}

bool rule_compiler::object(const profile_node& n, std::initializer_list<std::string_view> known) {
  if (!n.is(json::kind::object)) {
    fail(n, "an object is wanted here, with " + alternatives(known));
    return false;
  }
  for (const auto& m : n.elements())
    if (std::find(known.begin(), known.end(), m.v.name()) == known.end())
      fail(m, "`" + m.name() + "` is not known here" +
                  did_you_mean(m.name(), std::vector<std::string>(known.begin(), known.end())));
  return true;
}

std::string rule_compiler::text(const profile_node& n) {
  if (!n.is(json::kind::string))
    fail(n, "a text is wanted here");
  return std::string(n.v.text());
}

bool rule_compiler::flag(const profile_node& n) {
  if (!n.is(json::kind::boolean))
    fail(n, "true or false is wanted here");
  return n.v.text() == "true";
}

std::string rule_compiler::member_text(const profile_node& n, std::string_view name) {
  const auto m = n.member(name);
  return m ? text(*m) : std::string();
}

void rule_compiler::check_pointer(const profile_node& n, const std::string& pointer) {
  if (!pointer.empty() && pointer[0] != '/')
    fail(n, "`" + pointer + "` is no JSON Pointer: it must begin with `/`");
  for (std::size_t i = pointer.find('~'); i != std::string::npos; i = pointer.find('~', i + 1))
    if (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1')) {
      fail(n, "`" + pointer + "` is no JSON Pointer: behind `~` stands 0 or 1");
      return;
    }
}

pointer_list rule_compiler::pointers(const profile_node& n) {
  pointer_list made;
  if (n.is(json::kind::array)) {
    for (const auto& one : n.elements())
      made.push_back(text(one)), check_pointer(one, made.back());
    if (made.empty())
      fail(n, "at least one pointer is wanted here");
  } else {
    made.push_back(text(n));
    check_pointer(n, made.back());
  }
  return made;
}

pointer_list rule_compiler::member_pointers(const profile_node& n, std::string_view name) {
  const auto m = n.member(name);
  return m ? pointers(*m) : pointer_list();
}

std::set<std::string, std::less<>> rule_compiler::texts(const profile_node& n) {
  std::set<std::string, std::less<>> made;
  if (n.is(json::kind::array))
    for (const auto& one : n.elements())
      made.insert(text(one));
  else
    made.insert(text(n));
  return made;
}

// Conditions

condition rule_compiler::one_condition(const profile_node& n) {
  condition c;
  if (!object(n, {"pointer", "exists", "scalar", "equals", "in", "not_in", "keyword", "says", "any"}))
    return c;
  if (const auto any = n.member("any")) {
    c.any = conditions(*any);
    if (c.any.empty())
      fail(*any, "at least one condition is wanted here");
    return c;
  }
  if (const auto keyword_at = n.member("keyword")) {
    c.keyword = true;
    c.pointers = pointers(*keyword_at);
    if (const auto says = n.member("says")) {
      const auto word = text(*says);
      if (word == "out" || word == "in" || word == "help")
        c.says = word == "out" ? keyword::meaning::out : word == "in" ? keyword::meaning::in : keyword::meaning::help;
      else
        fail(*says, "a keyword says out, in or help");
    }
    return c;
  }
  c.pointers = member_pointers(n, "pointer");
  if (c.pointers.empty())
    fail(n, "a condition has `pointer`, `keyword` or `any`");
  if (const auto m = n.member("exists"))
    c.exists = flag(*m);
  if (const auto m = n.member("scalar"))
    c.scalar = flag(*m);
  for (const char* name : {"equals", "in"})
    if (const auto m = n.member(name))
      c.in.merge(texts(*m));
  if (const auto m = n.member("not_in"))
    c.not_in = texts(*m);
  if (!c.exists && !c.scalar && c.in.empty() && c.not_in.empty())
    fail(n, "the condition asks nothing: give `exists`, `scalar`, `equals`, `in` or `not_in`");
  return c;
}

condition_list rule_compiler::conditions(const profile_node& n) {
  condition_list made;
  if (!n.is(json::kind::array))
    return {one_condition(n)};
  for (const auto& one : n.elements())
    made.push_back(one_condition(one));
  return made;
}

condition_list rule_compiler::member_conditions(const profile_node& n) {
  const auto when = n.member("when");
  return when ? conditions(*when) : condition_list();
}

// Times and transforms

std::optional<std::pair<time_form, int>> rule_compiler::time_form_of(const profile_node& n) {
  if (n.is(json::kind::object)) {
    const auto zone = n.member("naive");
    const auto minutes = zone ? zone_minutes(zone->v.text()) : std::nullopt;
    if (minutes)
      return std::pair(time_form::naive, *minutes);
    fail(n, "a time without zone is {\"naive\": \"+02:00\"}");
    return std::nullopt;
  }
  const auto name = n.v.text();
  if (name == "rfc3339")
    return std::pair(time_form::rfc3339, 0);
  if (name == "naive_utc")
    return std::pair(time_form::naive, 0);
  if (name == "epoch_s")
    return std::pair(time_form::epoch_s, 0);
  if (name == "epoch_ms")
    return std::pair(time_form::epoch_ms, 0);
  if (name == "twilio_time")
    return std::pair(time_form::twilio_time, 0);
  return std::nullopt;
}

std::vector<std::pair<time_form, int>> rule_compiler::time_forms(const profile_node& n) {
  std::vector<std::pair<time_form, int>> made;
  for (const auto& one : n.is(json::kind::array) ? n.elements() : std::vector{n}) {
    if (const auto form = time_form_of(one))
      made.push_back(*form);
    else if (one.is(json::kind::string))
      fail(one, "`" + std::string(one.v.text()) + "` is no form of time" +
                    did_you_mean(one.v.text(), {"rfc3339", "naive_utc", "epoch_s", "epoch_ms", "twilio_time"}));
  }
  return made;
}

void rule_compiler::one_transform(const profile_node& n, std::vector<transform>& made) {
  using what = transform::what;
  if (const auto map = n.is(json::kind::object) ? n.member("map") : std::nullopt) {
    transform t{what::map, {}, {}, {}, 0};
    if (object(n, {"map"}))
      for (const auto& entry : map->elements())
        t.table.emplace(entry.name(), text(entry));
    made.push_back(std::move(t));
    return;
  }
  if (const auto form = time_form_of(n)) {
    made.push_back({what::time, {}, {}, form->first, form->second});
    return;
  }
  const auto word = text(n);
  for (const auto& [prefix, kind] : {std::pair{"null_if:", what::null_if}, {"unsaid_if:", what::unsaid_if}})
    if (word.starts_with(prefix)) {
      made.push_back({kind, word.substr(std::string_view(prefix).size()), {}, {}, 0});
      return;
    }
  if (word == "text")
    return; // what every value is made anyway
  const std::vector<std::pair<std::string, what>> named = {
      {"scalar", what::scalar}, {"plain", what::plain}, {"first", what::first},   {"set", what::set}, {"json", what::json},
      {"trim", what::trim},     {"lower", what::lower},   {"split_comma", what::split_comma}};
  std::vector<std::string> known = {"text",      "null_if:…", "unsaid_if:…", "rfc3339", "naive_utc",
                                    "epoch_s",   "epoch_ms",  "twilio_time"};
  for (const auto& [name, kind] : named) {
    if (name == word) {
      made.push_back({kind, {}, {}, {}, 0});
      return;
    }
    known.push_back(name);
  }
  fail(n, "`" + word + "` is no transform" + did_you_mean(word, known));
}

std::vector<transform> rule_compiler::transforms(const profile_node& n) {
  std::vector<transform> made;
  for (const auto& one : n.is(json::kind::array) ? n.elements() : std::vector{n})
    one_transform(one, made);
  return made;
}

// Fields

void rule_compiler::check_template(const profile_node& n, const std::string& text) {
  std::size_t at = 0;
  while ((at = text.find('{', at)) != std::string::npos) {
    const auto end = text.find('}', at);
    if (end == std::string::npos) {
      fail(n, "a `{` is not closed in `" + text + "`");
      return;
    }
    const auto inside = text.substr(at + 1, end - at - 1);
    if (inside != "key")
      check_pointer(n, inside);
    at = end;
  }
}

value_rule rule_compiler::one_value(const profile_node& n) {
  value_rule rule;
  if (n.is(json::kind::string)) {
    rule.from = pointers(n);
    return rule;
  }
  if (!object(n, {"from", "const", "template", "each", "name", "name_as", "value", "as", "required", "when", "keyword", "part", "header"}))
    return rule;
  if (const auto m = n.member("as"))
    rule.as = transforms(*m);
  if (const auto m = n.member("required"))
    rule.required = flag(*m);
  rule.when = member_conditions(n);
  if (const auto constant = n.member("const")) {
    rule.kind = value_rule::what::constant;
    rule.text = text(*constant);
  } else if (const auto made_of = n.member("template")) {
    rule.kind = value_rule::what::templated;
    rule.text = text(*made_of);
    check_template(*made_of, rule.text);
  } else if (const auto each = n.member("each")) {
    rule.kind = value_rule::what::each;
    rule.from = pointers(*each);
    rule.name = member_text(n, "name");
    rule.value = n.member("value") ? member_pointers(n, "value") : pointer_list{""};
    if (const auto m = n.member("name_as"))
      rule.name_as = transforms(*m);
    if (rule.name.find('{') == std::string::npos)
      fail(n, "`each` needs a `name` with {key} or {/pointer}, or all its fields would be one");
    else
      check_template(n, rule.name);
  } else if (const auto keyword_at = n.member("keyword")) {
    rule.kind = value_rule::what::keyword_part;
    rule.from = pointers(*keyword_at);
    rule.text = member_text(n, "part");
    if (rule.text != "action" && rule.text != "reason" && rule.text != "word" && rule.text != "list")
      fail(n, "`part` of a keyword is action, reason, word or list");
  } else if (const auto header = n.member("header")) {
    rule.kind = value_rule::what::header;
    rule.text = ascii_lower(text(*header));
    rule.from = member_pointers(n, "from");
  } else {
    rule.from = member_pointers(n, "from");
    if (rule.from.empty())
      fail(n, "a field has `from`, `const`, `template`, `each`, `keyword` or `header`");
  }
  return rule;
}

std::vector<value_rule> rule_compiler::values(const profile_node& n) {
  if (!n.is(json::kind::array))
    return {one_value(n)};
  std::vector<value_rule> made;
  for (const auto& one : n.elements())
    made.push_back(one_value(one));
  if (made.empty())
    fail(n, "at least one rule is wanted here");
  return made;
}

} // namespace millrace
