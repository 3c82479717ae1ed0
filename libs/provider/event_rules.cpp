#include "provider/event_rules.hpp"

#include "provider/compiled_rules.hpp"
#include "provider/facts_code.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/rule_compiler.hpp"

#include <algorithm>

namespace millrace {
namespace {

// Change it when the code that reads facts does something else with the same profile.
constexpr std::string_view code_version = "3";
constexpr int extends_depth_max = 8;

// The sections of one family, in the order in which an event meets them.
class family_compiler {
public:
  family_compiler(const json::file& profile, profile_node family, std::vector<fault>& faults)
      : compile_(profile, faults), family_(std::move(family)) {}

  event_rules compile() {
    event_rules rules;
    if (const auto handshake = family_.member("handshake"))
      rules.handshake = read_handshake(*handshake);
    if (const auto section = family_.member("event"))
      read_event_section(*section, rules);
    if (const auto types = family_.member("types"))
      read_types(*types, rules);
    check_fact_names();
    return rules;
  }

private:
  handshake_rule read_handshake(const profile_node& n) {
    handshake_rule rule;
    if (!compile_.object(n, {"when", "answer"}))
      return rule;
    rule.when = compile_.member_conditions(n);
    if (rule.when.empty())
      compile_.fail(n, "a handshake has `when`: without it every post would be one");
    const auto answer = n.member("answer");
    if (!answer || !compile_.object(*answer, {"body", "echo", "content_type"})) {
      compile_.fail(n, "a handshake has an `answer` with `body` or `echo`");
      return rule;
    }
    rule.body = compile_.member_text(*answer, "body");
    rule.echo = compile_.member_pointers(*answer, "echo");
    if (rule.body.empty() == rule.echo.empty())
      compile_.fail(*answer, "an answer has either `body` (not empty) or `echo`");
    if (answer->member("content_type"))
      rule.content_type = compile_.member_text(*answer, "content_type");
    return rule;
  }

  void read_event_section(const profile_node& n, event_rules& rules) {
    if (!compile_.object(n, {"bases", "type", "account", "time", "version", "entity", "required"}))
      return;
    if (const auto bases = n.member("bases"))
      rules.bases = compile_.pointers(*bases);
    if (const auto type = n.member("type"))
      for (const auto& one : type->is(json::kind::array) ? type->elements() : std::vector{*type})
        rules.type.push_back(read_type_place(one));
    if (rules.type.empty())
      compile_.fail(n, "`type` says where an event's type stands");
    rules.account = compile_.member_pointers(n, "account");
    if (const auto time = n.member("time"))
      for (const auto& one : time->elements())
        rules.time.push_back(read_time(one));
    if (const auto version = n.member("version"))
      for (const auto& one : version->elements())
        rules.version.push_back(read_version(one));
    if (const auto entity = n.member("entity"))
      read_entity(*entity, rules.entity_type, rules.entity_id, rules.entity_header);
    if (const auto required = n.member("required"))
      for (const auto& one : required->elements())
        rules.required.push_back(compile_.pointers(one));
  }

  type_place read_type_place(const profile_node& n) {
    type_place place;
    if (n.is(json::kind::string)) {
      place.pointers = compile_.pointers(n);
      return place;
    }
    if (!compile_.object(n, {"pointer", "header", "const", "call", "prefix", "when"}))
      return place;
    if (const auto call = n.member("call"))
      place.call = compile_.flag(*call);
    place.pointers = compile_.member_pointers(n, "pointer");
    place.header = compile_.member_text(n, "header");
    place.constant = compile_.member_text(n, "const");
    place.prefix = compile_.member_text(n, "prefix");
    place.when = compile_.member_conditions(n);
    if (!place.pointers.empty() + !place.header.empty() + !place.constant.empty() + place.call != 1)
      compile_.fail(n, "a type stands at one of `pointer`, `header` and `const`, or is the `call`");
    return place;
  }

  time_rule read_time(const profile_node& n) {
    time_rule rule;
    if (!compile_.object(n, {"from", "as", "update"}))
      return rule;
    rule.from = compile_.member_pointers(n, "from");
    if (const auto as = n.member("as"))
      rule.as = compile_.time_forms(*as);
    if (rule.from.empty() || rule.as.empty())
      compile_.fail(n, "a time has `from` (where it stands) and `as` (how it is written)");
    if (const auto update = n.member("update"))
      rule.update = compile_.flag(*update);
    return rule;
  }

  version_rule read_version(const profile_node& n) {
    version_rule rule;
    if (!compile_.object(n, {"pointer", "header", "template", "digest"}))
      return rule;
    rule.pointers = compile_.member_pointers(n, "pointer");
    rule.header = compile_.member_text(n, "header");
    rule.text = read_pieces_of(n, "template");
    rule.digest = read_pieces_of(n, "digest");
    const bool templated = !rule.text.empty() || !rule.digest.empty();
    if (!rule.pointers.empty() + !rule.header.empty() + templated != 1)
      compile_.fail(n, "a version stands at a `pointer` or in a `header`, or is a `template` of what is signed");
    return rule;
  }

  std::vector<signed_piece> read_pieces_of(const profile_node& n, std::string_view name) {
    const auto m = n.member(name);
    if (!m)
      return {};
    auto pieces = read_pieces(compile_.text(*m));
    if (pieces)
      return *std::move(pieces);
    compile_.fail(*m, pieces.error().detail);
    return {};
  }

  void read_entity(const profile_node& n, std::string& type, pointer_list& id, std::string& header) {
    if (!compile_.object(n, {"type", "id", "header"}))
      return;
    type = compile_.member_text(n, "type");
    id = compile_.member_pointers(n, "id");
    header = compile_.member_text(n, "header");
    if (!header.empty() && !id.empty())
      compile_.fail(n, "an entity's id stands at pointers or in a `header`, not both");
    if (type.empty() || type.find('/') != std::string::npos)
      compile_.fail(n, "an entity has a `type`, without `/`");
  }

  // Types

  void read_types(const profile_node& types, event_rules& rules) {
    std::vector<std::pair<profile_node, std::string>> aliases;
    for (const auto& n : types.elements()) {
      if (const auto same = n.member("same_as"))
        compile_.object(n, {"same_as"}), aliases.emplace_back(*same, n.name());
      else
        rules.types.emplace(n.name(), read_type(n, rules));
    }
    std::vector<std::string> known;
    for (const auto& [name, rule] : rules.types)
      known.push_back(name);
    for (const auto& [same, name] : aliases) {
      const auto found = rules.types.find(compile_.text(same));
      if (found == rules.types.end() || std::find(known.begin(), known.end(), found->first) == known.end())
        compile_.fail(same, "`" + std::string(same.v.text()) + "` is no type written out here" +
                                did_you_mean(same.v.text(), known));
      else
        rules.types.emplace(name, found->second);
    }
  }

  type_rule read_type(const profile_node& n, const event_rules& rules) {
    type_rule rule;
    rule.entity_type = rules.entity_type;
    rule.entity_id = rules.entity_id;
    rule.entity_header = rules.entity_header;
    if (!compile_.object(n, {"entity", "ignored", "when", "else_ignored", "facts"}))
      return rule;
    if (const auto entity = n.member("entity"))
      read_entity(*entity, rule.entity_type, rule.entity_id, rule.entity_header);
    rule.ignored = compile_.member_text(n, "ignored");
    rule.when = compile_.member_conditions(n);
    rule.else_ignored = compile_.member_text(n, "else_ignored");
    if (const auto facts = n.member("facts"))
      for (const auto& one : facts->elements())
        add_facts(one, rule.facts, 0);
    if (rule.ignored.empty() == rule.facts.empty())
      compile_.fail(n, "a type has `facts`, or `ignored` with the reason why it means nothing");
    if (rule.when.empty() != rule.else_ignored.empty())
      compile_.fail(n, "`when` and `else_ignored` (why the others mean nothing) go together");
    return rule;
  }

  // Facts: a name of the `facts` section (one definition or an array of them), or a definition.

  std::optional<profile_node> named_fact(const profile_node& n, const std::string& name) {
    used_.insert(name);
    const auto section = family_.member("facts");
    auto found = section ? section->member(name) : std::nullopt;
    if (!found) {
      std::vector<std::string> known;
      if (section)
        for (const auto& one : section->elements())
          known.push_back(one.name());
      compile_.fail(n, "`" + name + "` is no fact of this family" + did_you_mean(name, known));
    }
    return found;
  }

  void add_facts(const profile_node& n, std::vector<fact_rule>& made, int depth) {
    if (depth > extends_depth_max) {
      compile_.fail(n, "facts name each other in a circle");
    } else if (n.is(json::kind::string)) {
      if (const auto found = named_fact(n, std::string(n.v.text())))
        add_facts(*found, made, depth + 1);
    } else if (n.is(json::kind::array)) {
      for (const auto& one : n.elements())
        add_facts(one, made, depth + 1);
    } else {
      made.push_back(read_fact(n, depth));
    }
  }

  fact_rule read_fact(const profile_node& n, int depth) {
    fact_rule rule;
    if (!compile_.object(n, {"fact", "extends", "when", "fields"}))
      return rule;
    if (const auto base = n.member("extends")) {
      std::vector<fact_rule> bases;
      if (const auto found = named_fact(*base, compile_.text(*base)))
        add_facts(*found, bases, depth + 1);
      if (bases.size() == 1)
        rule = std::move(bases[0]);
      else
        compile_.fail(*base, "`extends` names exactly one fact");
    }
    if (n.member("fact"))
      rule.kind = compile_.member_text(n, "fact");
    if (rule.kind.empty())
      compile_.fail(n, "a fact has a kind: `fact`");
    for (auto& one : compile_.member_conditions(n))
      rule.when.push_back(std::move(one));
    if (const auto fields = n.member("fields"))
      for (const auto& field : fields->elements())
        put_field(field, rule);
    if (rule.fields.empty())
      compile_.fail(n, "a fact has `fields`");
    return rule;
  }

  void put_field(const profile_node& n, fact_rule& rule) {
    auto values = compile_.values(n);
    const bool many = std::any_of(values.begin(), values.end(),
                                  [](const auto& v) { return v.kind == value_rule::what::each; });
    const auto same = [&](const auto& field) { return field.first == n.name(); };
    const auto old = std::find_if(rule.fields.begin(), rule.fields.end(), same);
    if (many && values.size() > 1)
      compile_.fail(n, "`each` has no alternatives");
    if (old != rule.fields.end())
      old->second = std::move(values);
    else
      rule.fields.emplace_back(n.name(), std::move(values));
  }

  void check_fact_names() {
    if (const auto section = family_.member("facts"))
      for (const auto& n : section->elements())
        if (!used_.contains(n.name()))
          compile_.fail(n, "no type makes this fact");
  }

  rule_compiler compile_;
  profile_node family_;
  std::set<std::string, std::less<>> used_;
};

} // namespace

const type_rule* event_rules::find(std::string_view name) const {
  const auto found = types.find(name);
  return found == types.end() ? nullptr : &found->second;
}

std::shared_ptr<const event_rules> compile_event_rules(const json::file& profile, json::value family,
                                                       std::string pointer, std::vector<fault>& faults) {
  family_compiler compiler(profile, {family, std::move(pointer)}, faults);
  return std::make_shared<const event_rules>(compiler.compile());
}

std::vector<std::string> fact_kinds(const event_rules& rules) {
  std::set<std::string> kinds;
  for (const auto& [name, type] : rules.types)
    for (const auto& fact : type.facts)
      kinds.insert(fact.kind);
  return {kinds.begin(), kinds.end()};
}

std::string facts_code_version() { return std::string(code_version) + " " + keyword_version(); }

} // namespace millrace
