#include "json/schema_vocabulary.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "json/pattern.hpp"

#include <map>

namespace millrace::json {
namespace {

using verdict = std::optional<std::string>; // what is wrong with a keyword's value

bool is_whole(value v) {
  return v.is(kind::number) && v.text().find_first_not_of("0123456789") == std::string_view::npos && v.text().size() < 10;
}

bool is_strings(value v) {
  if (!v.is(kind::array) || v.size() == 0)
    return false;
  for (const auto child : v.children())
    if (!child.is(kind::string))
      return false;
  return true;
}

verdict expect(bool well, const char* otherwise) { return well ? verdict() : verdict(otherwise); }
verdict any(value) { return {}; }
verdict a_string(value v) { return expect(v.is(kind::string), "must be a string"); }
verdict a_number(value v) { return expect(v.is(kind::number), "must be a number"); }
verdict a_count(value v) { return expect(is_whole(v), "must be a whole number from 0"); }
verdict a_boolean(value v) { return expect(v.is(kind::boolean), "must be true or false (as draft-04 has it)"); }
verdict strings(value v) { return expect(is_strings(v), "must be an array of strings, at least one"); }
verdict an_object(value v) { return expect(v.is(kind::object), "must be an object"); }
verdict choices(value v) { return expect(v.is(kind::array) && v.size() > 0, "must be an array, at least of one value"); }
verdict positive(value v) {
  return expect(v.is(kind::number) && v.text().find_first_of("123456789") < v.text().find_first_of("eE") &&
                    !v.text().starts_with('-'),
                "must be a number above 0");
}
verdict object_or_boolean(value v) {
  return expect(v.is(kind::object) || v.is(kind::boolean), "must be a schema, true or false");
}
verdict object_or_array(value v) {
  return expect(v.is(kind::object) || v.is(kind::array), "must be a schema or an array of schemas");
}

bool is_type_name(std::string_view t) {
  for (const std::string_view name : {"null", "boolean", "number", "integer", "string", "array", "object"})
    if (t == name)
      return true;
  return false;
}

verdict type_names(value v) {
  bool well = v.is(kind::string) ? is_type_name(v.text()) : is_strings(v);
  for (const auto child : v.children())
    well = well && is_type_name(child.text());
  return expect(well, "must name types of draft-04");
}

verdict draft_04(value v) {
  return expect(v.is(kind::string) && v.text().starts_with("http://json-schema.org/draft-04/schema"),
                "must be http://json-schema.org/draft-04/schema#");
}

verdict a_pattern(value v) {
  if (!v.is(kind::string))
    return "must be a string";
  return expect(pattern(std::string(v.text())).is_valid(), "is no regular expression (ECMA 262)");
}

verdict pattern_names(value v) {
  for (const auto child : v.children())
    if (!pattern(std::string(child.name())).is_valid())
      return millrace::format("has '{}', which is no regular expression (ECMA 262)", child.name());
  return an_object(v);
}

using check = verdict (*)(value);
const std::map<std::string_view, check>& keywords() {
  static const std::map<std::string_view, check> all = {
      {"$schema", draft_04},
      {"id", a_string},
      {"title", a_string},
      {"description", a_string},
      {"default", any},
      {"definitions", an_object},
      {"$ref", a_string},
      {"type", type_names},
      {"enum", choices},
      {"allOf", choices},
      {"anyOf", choices},
      {"oneOf", choices},
      {"not", an_object},
      {"properties", an_object},
      {"patternProperties", pattern_names},
      {"additionalProperties", object_or_boolean},
      {"required", strings},
      {"dependencies", an_object},
      {"minProperties", a_count},
      {"maxProperties", a_count},
      {"items", object_or_array},
      {"additionalItems", object_or_boolean},
      {"minItems", a_count},
      {"maxItems", a_count},
      {"uniqueItems", a_boolean},
      {"minLength", a_count},
      {"maxLength", a_count},
      {"pattern", a_pattern},
      {"minimum", a_number},
      {"maximum", a_number},
      {"exclusiveMinimum", a_boolean},
      {"exclusiveMaximum", a_boolean},
      {"multipleOf", positive},
  };
  return all;
}

bool is_annotation(std::string_view keyword) {
  return keyword == "$schema" || keyword == "id" || keyword == "title" || keyword == "description" ||
         keyword == "default" || keyword == "definitions" || keyword == "$ref";
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const auto w : words)
    if (w == word)
      return true;
  return false;
}

std::optional<value> target_of(value root, std::string_view reference) {
  if (!reference.starts_with('#'))
    return std::nullopt;
  const auto pointer = percent_decode(reference.substr(1));
  return pointer ? root.at(*pointer) : std::nullopt;
}

// Walks all schemas of a schema; stops at the first fault.
class reading {
public:
  explicit reading(value root) : root_(root) {}

  std::optional<fault> whole() {
    if (auto why = read(root_, ""))
      return why;
    // `schemas_` grows while the targets of references are read, which may stand anywhere.
    for (std::size_t i = 0; i < schemas_.size(); ++i)
      if (const auto reference = schemas_[i].first.member("$ref"))
        if (auto why = read(*target_of(root_, reference->text()), std::string(reference->text().substr(1))))
          return why;
    for (const auto& [schema, pointer] : schemas_)
      if (auto why = endless(schema, pointer))
        return why;
    return std::nullopt;
  }

private:
  enum state { unseen, open, done };

  std::optional<fault> read(value schema, const std::string& pointer) {
    if (!schema.is(kind::object))
      return wrong(pointer, "a schema must be an object");
    if (!states_.emplace(schema.source().data(), unseen).second)
      return std::nullopt;
    schemas_.emplace_back(schema, pointer);
    for (const auto member : schema.children())
      if (auto why = read_keyword(schema, member, pointer + "/" + std::string(member.name())))
        return why;
    return std::nullopt;
  }

  // A schema may come back to itself only by way of a child of the value it checks.
  std::optional<fault> endless(value schema, const std::string& pointer) {
    auto& own = states_[schema.source().data()];
    if (own == done)
      return std::nullopt;
    if (own == open)
      return wrong(pointer, "leads back to itself without end");
    own = open;
    for (const auto& [next, at] : same_value_schemas(schema, pointer))
      if (auto why = endless(next, at))
        return why;
    states_[schema.source().data()] = done;
    return std::nullopt;
  }

  static fault wrong(std::string pointer, std::string detail) {
    return bad("bad_schema", std::move(pointer), std::move(detail));
  }

  std::optional<fault> read_keyword(value schema, value member, const std::string& pointer) {
    const auto name = member.name();
    const auto known = keywords().find(name);
    if (known == keywords().end())
      return wrong(pointer, millrace::format("'{}' is no keyword of draft-04{}", name, suggestion(name)));
    if (auto why = known->second(member))
      return wrong(pointer, *why);
    if (name == "$ref")
      return read_reference(schema, member, pointer);
    if (is_one_of(name, {"properties", "patternProperties", "definitions", "dependencies"}))
      return read_each(member, pointer, name == "dependencies");
    if (is_one_of(name, {"allOf", "anyOf", "oneOf"}) || (name == "items" && member.is(kind::array)))
      return read_each(member, pointer, false);
    if (is_one_of(name, {"not", "items", "additionalItems", "additionalProperties"}) && member.is(kind::object))
      return read(member, pointer);
    return std::nullopt;
  }

  static std::string suggestion(std::string_view name) {
    std::vector<std::string_view> all;
    for (const auto& [keyword, unused] : keywords())
      all.push_back(keyword);
    const auto near = nearest(name, all);
    return near ? millrace::format("; did you mean '{}'?", *near) : std::string();
  }

  std::optional<fault> read_reference(value schema, value reference, const std::string& pointer) {
    for (const auto other : schema.children())
      if (!is_annotation(other.name()))
        return wrong(pointer, millrace::format("beside $ref '{}' would be ignored", other.name()));
    const auto target = target_of(root_, reference.text());
    if (!target || !target->is(kind::object))
      return wrong(pointer, millrace::format("'{}' leads to no schema of this file", reference.text()));
    return std::nullopt;
  }

  std::optional<fault> read_each(value all, const std::string& pointer, bool arrays_of_names) {
    std::size_t i = 0;
    for (const auto child : all.children()) {
      const std::string at =
          pointer + "/" + (all.is(kind::object) ? std::string(child.name()) : std::to_string(i++));
      if (arrays_of_names && child.is(kind::array)) {
        if (!is_strings(child))
          return wrong(at, "must be an array of strings or a schema");
      } else if (auto why = read(child, at)) {
        return why;
      }
    }
    return std::nullopt;
  }

  std::vector<std::pair<value, std::string>> same_value_schemas(value schema, const std::string& pointer) const {
    std::vector<std::pair<value, std::string>> out;
    if (const auto reference = schema.member("$ref"))
      out.emplace_back(*target_of(root_, reference->text()), pointer + "/$ref");
    if (const auto negated = schema.member("not"))
      out.emplace_back(*negated, pointer + "/not");
    for (const std::string_view name : {"allOf", "anyOf", "oneOf", "dependencies"})
      if (const auto all = schema.member(name))
        for (const auto child : all->children())
          if (child.is(kind::object))
            out.emplace_back(child, pointer + "/" + std::string(name));
    return out;
  }

  value root_;
  std::vector<std::pair<value, std::string>> schemas_; // with where they stand
  std::map<const char*, state> states_;                // by where a schema begins in the source
};

} // namespace

value resolved(value root, value schema) {
  while (const auto reference = schema.member("$ref")) {
    const auto target = reference->is(kind::string) ? target_of(root, reference->text()) : std::nullopt;
    if (!target)
      return schema;
    schema = *target;
  }
  return schema;
}

std::optional<fault> vocabulary_fault(value schema) { return reading(schema).whole(); }

} // namespace millrace::json
