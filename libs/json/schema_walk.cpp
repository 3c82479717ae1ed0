#include "json/schema_walk.hpp"

#include "core/format.hpp"
#include "core/text.hpp"
#include "json/schema_vocabulary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace millrace::json {
namespace {

double number_of(value v) { return std::strtod(std::string(v.text()).c_str(), nullptr); }

std::size_t count_of(value keyword) {
  return static_cast<std::size_t>(std::strtoull(std::string(keyword.text()).c_str(), nullptr, 10));
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool equal(value a, value b) {
  if (a.kind() != b.kind() || a.size() != b.size())
    return false;
  if (a.is(kind::number))
    return a.text() == b.text() || number_of(a) == number_of(b);
  if (a.is(kind::array)) {
    auto y = b.children().begin();
    for (const auto x : a.children()) {
      if (!equal(x, *y))
        return false;
      ++y;
    }
    return true;
  }
  for (const auto x : a.children()) {
    const auto y = b.member(x.name());
    if (!y || !equal(x, *y))
      return false;
  }
  return a.text() == b.text();
}

std::string_view type_of(value v) {
  switch (v.kind()) {
  case kind::null:
    return "null";
  case kind::boolean:
    return "boolean";
  case kind::number:
    return v.text().find_first_of(".eE") == std::string_view::npos ? "integer" : "number";
  case kind::string:
    return "string";
  case kind::array:
    return "array";
  case kind::object:
    return "object";
  }
  return {};
}

std::string_view with_article(std::string_view type) {
  if (type == "null")
    return "null";
  if (type == "boolean")
    return "true or false";
  if (type == "integer")
    return "a whole number";
  if (type == "number")
    return "a number";
  if (type == "string")
    return "a string";
  return type == "array" ? "an array" : "an object";
}

// The value as the file has it, if it is short; else what it is.
std::string shown(value v) {
  constexpr std::size_t most = 60;
  if (v.source().size() <= most && v.source().find('\n') == std::string_view::npos)
    return std::string(v.source());
  return std::string(with_article(type_of(v)));
}

std::string listed(const std::vector<std::string>& items, std::string_view last_word) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0)
      out += i + 1 == items.size() ? millrace::format(" {} ", last_word) : ", ";
    out += items[i];
  }
  return out;
}

std::string quoted_suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? millrace::format("; did you mean \"{}\"?", *near) : std::string();
}

std::string token(std::string_view name) {
  std::string out = "/";
  for (const char c : name)
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

using faults = std::vector<schema_fault>;

class walk {
public:
  walk(value root, patterns& known) : root_(root), patterns_(known) {}

  faults check(value v, value schema, const std::string& at) {
    faults out;
    const value s = resolved(root_, schema);
    if (const auto type = s.member("type"); type && !has_type(v, *type)) {
      out.push_back({at, millrace::format("is {}; {} is expected", shown(v), types(*type))});
      return out;
    }
    if (const auto choices = s.member("enum"))
      check_choices(v, *choices, at, out);
    if (v.is(kind::number))
      check_number(v, s, at, out);
    else if (v.is(kind::string))
      check_string(v, s, at, out);
    else if (v.is(kind::array))
      check_array(v, s, at, out);
    else if (v.is(kind::object))
      check_object(v, s, at, out);
    check_alternatives(v, s, at, out);
    return out;
  }

private:
  static bool has_type(value v, value type) {
    const auto is = [&](std::string_view name) {
      return name == type_of(v) || (name == "number" && v.is(kind::number));
    };
    if (type.is(kind::string))
      return is(type.text());
    const auto names = type.children();
    return std::any_of(names.begin(), names.end(), [&](value name) { return is(name.text()); });
  }

  static std::string types(value type) {
    std::vector<std::string> names;
    if (type.is(kind::string))
      names.emplace_back(with_article(type.text()));
    for (const auto name : type.children())
      names.emplace_back(with_article(name.text()));
    return listed(names, "or");
  }

  // The schema's own words, where the rule alone says little.
  static std::string described(value s) {
    const auto description = s.member("description");
    return description ? millrace::format(" ({})", description->text()) : std::string();
  }

  static void check_choices(value v, value choices, const std::string& at, faults& out) {
    std::vector<std::string> sources;
    std::vector<std::string_view> words;
    for (const auto choice : choices.children()) {
      if (equal(v, choice))
        return;
      sources.emplace_back(choice.source());
      if (choice.is(kind::string))
        words.push_back(choice.text());
    }
    const std::string near = v.is(kind::string) ? quoted_suggestion(v.text(), words) : std::string();
    if (sources.size() == 1)
      out.push_back({at, millrace::format("is {}; {} is expected", shown(v), sources[0])});
    else
      out.push_back({at, millrace::format("is {}; one of {} is expected{}", shown(v), listed(sources, "or"), near)});
  }

  static void check_number(value v, value s, const std::string& at, faults& out) {
    const double n = number_of(v);
    const auto is_true = [&](const char* keyword) {
      const auto k = s.member(keyword);
      return k && k->text() == "true";
    };
    if (const auto least = s.member("minimum")) {
      const bool exclusive = is_true("exclusiveMinimum");
      if (n < number_of(*least) || (exclusive && n == number_of(*least)))
        out.push_back({at, millrace::format("is {}; {} {} is expected", shown(v), exclusive ? "more than" : "at least",
                                            least->text())});
    }
    if (const auto most = s.member("maximum")) {
      const bool exclusive = is_true("exclusiveMaximum");
      if (n > number_of(*most) || (exclusive && n == number_of(*most)))
        out.push_back({at, millrace::format("is {}; {} {} is expected", shown(v), exclusive ? "less than" : "at most",
                                            most->text())});
    }
    if (const auto step = s.member("multipleOf")) {
      const double rest = std::abs(std::remainder(n, number_of(*step)));
      if (rest > 1e-9 * number_of(*step))
        out.push_back({at, millrace::format("is {}; a multiple of {} is expected", shown(v), step->text())});
    }
  }

  void check_string(value v, value s, const std::string& at, faults& out) {
    const std::size_t size = characters(v.text());
    if (const auto least = s.member("minLength"); least && size < count_of(*least))
      out.push_back({at, count_of(*least) == 1
                             ? "is empty"
                             : millrace::format("has {} characters; at least {} are expected", size, least->text())});
    if (const auto most = s.member("maxLength"); most && size > count_of(*most))
      out.push_back({at, millrace::format("has {} characters; at most {} are expected", size, most->text())});
    if (const auto p = s.member("pattern"); p && !matches(v.text(), p->text()))
      out.push_back({at, millrace::format("is {}, which does not match {}{}", shown(v), p->text(), described(s))});
  }

  bool matches(std::string_view text, std::string_view expression) {
    auto at = patterns_.find(expression);
    if (at == patterns_.end())
      at = patterns_.emplace(std::string(expression), pattern(std::string(expression))).first;
    return at->second.is_found_in(std::string(text));
  }

  void check_array(value v, value s, const std::string& at, faults& out) {
    if (const auto least = s.member("minItems"); least && v.size() < count_of(*least))
      out.push_back({at, millrace::format("has {} elements; at least {} are expected", v.size(), least->text())});
    if (const auto most = s.member("maxItems"); most && v.size() > count_of(*most))
      out.push_back({at, millrace::format("has {} elements; at most {} are expected", v.size(), most->text())});
    if (const auto unique = s.member("uniqueItems"); unique && unique->text() == "true")
      check_unique(v, at, out);
    const auto items = s.member("items");
    if (!items)
      return;
    std::size_t i = 0;
    for (const auto child : v.children()) {
      const std::string place = at + "/" + std::to_string(i);
      const auto own = items->is(kind::object) ? items : items->element(i);
      const auto rest = s.member("additionalItems");
      if (own)
        add(out, check(child, *own, place));
      else if (rest && rest->is(kind::object))
        add(out, check(child, *rest, place));
      else if (rest && rest->text() == "false")
        out.push_back({place, millrace::format("is one too many; at most {} elements are expected", items->size())});
      ++i;
    }
  }

  static void check_unique(value v, const std::string& at, faults& out) {
    std::vector<value> before;
    for (const auto child : v.children()) {
      if (std::any_of(before.begin(), before.end(), [&](value b) { return equal(b, child); }))
        out.push_back({at + "/" + std::to_string(before.size()), millrace::format("{} is there twice", shown(child))});
      before.push_back(child);
    }
  }

  void check_object(value v, value s, const std::string& at, faults& out) {
    if (const auto least = s.member("minProperties"); least && v.size() < count_of(*least))
      out.push_back({at, millrace::format("has {} properties; at least {} are expected", v.size(), least->text())});
    if (const auto most = s.member("maxProperties"); most && v.size() > count_of(*most))
      out.push_back({at, millrace::format("has {} properties; at most {} are expected", v.size(), most->text())});
    if (const auto required = s.member("required"))
      for (const auto name : required->children())
        if (!v.member(name.text()))
          out.push_back({at, millrace::format("\"{}\" is missing", name.text())});
    if (const auto dependencies = s.member("dependencies"))
      check_dependencies(v, *dependencies, at, out);
    for (const auto member : v.children())
      check_member(v, member, s, at, out);
  }

  void check_dependencies(value v, value dependencies, const std::string& at, faults& out) {
    for (const auto dependency : dependencies.children()) {
      if (!v.member(dependency.name()))
        continue;
      if (dependency.is(kind::object))
        add(out, check(v, dependency, at));
      else
        for (const auto name : dependency.children())
          if (!v.member(name.text()))
            out.push_back(
                {at, millrace::format("\"{}\" is missing, which \"{}\" needs", name.text(), dependency.name())});
    }
  }

  void check_member(value object, value member, value s, const std::string& at, faults& out) {
    const std::string place = at + token(member.name());
    bool known = false;
    const auto properties = s.member("properties");
    if (const auto own = properties ? properties->member(member.name()) : std::nullopt) {
      known = true;
      add(out, check(member, *own, place));
    }
    if (const auto by_pattern = s.member("patternProperties"))
      for (const auto p : by_pattern->children())
        if (matches(member.name(), p.name())) {
          known = true;
          add(out, check(member, p, place));
        }
    const auto rest = s.member("additionalProperties");
    if (known || !rest)
      return;
    if (rest->is(kind::object))
      add(out, check(member, *rest, place));
    else if (rest->text() == "false")
      out.push_back({place, unknown_property(object, member.name(), s)});
  }

  static std::string unknown_property(value object, std::string_view name, value s) {
    std::vector<std::string_view> free; // those that are not there yet
    std::vector<std::string> all;
    if (const auto properties = s.member("properties"))
      for (const auto p : properties->children()) {
        if (p.name() == "$schema" || p.name() == "//")
          continue;
        if (!object.member(p.name()))
          free.push_back(p.name());
        all.emplace_back(p.name());
      }
    if (const auto by_pattern = s.member("patternProperties"))
      for (const auto p : by_pattern->children())
        all.push_back("names like " + std::string(p.name()));
    std::string out = millrace::format("\"{}\" is not known here", name);
    if (const auto near = quoted_suggestion(name, free); !near.empty())
      return out + near;
    return all.empty() ? out + "; nothing is expected" : out + "; known are " + listed(all, "and");
  }

  void check_alternatives(value v, value s, const std::string& at, faults& out) {
    if (const auto all = s.member("allOf"))
      for (const auto one : all->children())
        add(out, check(v, one, at));
    if (const auto any = s.member("anyOf"))
      check_any(v, *any, at, out, false);
    if (const auto one = s.member("oneOf"))
      check_any(v, *one, at, out, true);
    if (const auto negated = s.member("not"); negated && check(v, *negated, at).empty())
      out.push_back({at, millrace::format("is {}, which is not allowed{}", shown(v), described(*negated))});
  }

  void check_any(value v, value alternatives, const std::string& at, faults& out, bool only_one) {
    std::vector<faults> each;
    std::size_t fitting = 0;
    for (const auto one : alternatives.children()) {
      each.push_back(check(v, one, at));
      fitting += each.back().empty() ? 1 : 0;
    }
    if (fitting > 1 && only_one)
      out.push_back({at, "fits more than one of the alternatives of which one is expected"});
    if (fitting > 0)
      return;
    if (const auto expected = all_types(v, alternatives)) {
      out.push_back({at, millrace::format("is {}; {} is expected", shown(v), *expected)});
      return;
    }
    add(out, nearest_of(v, alternatives, std::move(each)));
  }

  // If no alternative even has the value's type: what would have.
  std::optional<std::string> all_types(value v, value alternatives) const {
    std::vector<std::string> names;
    for (const auto one : alternatives.children()) {
      const auto type = resolved(root_, one).member("type");
      if (!type || has_type(v, *type))
        return std::nullopt;
      if (const auto name = types(*type); std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    }
    return listed(names, "or");
  }

  // The faults of the alternative that was probably meant: of the right type, with the right word in the property
  // that tells the alternatives apart, then with the fewest faults.
  faults nearest_of(value v, value alternatives, std::vector<faults> each) const {
    std::size_t i = 0, best = 0, least = static_cast<std::size_t>(-1);
    for (const auto one : alternatives.children()) {
      const value s = resolved(root_, one);
      const auto type = s.member("type");
      const std::size_t distance =
          (type && !has_type(v, *type) ? 1'000'000 : 0) + 1'000 * wrong_words(v, s) + each[i].size();
      if (distance < least) {
        least = distance;
        best = i;
      }
      ++i;
    }
    return std::move(each[best]);
  }

  // How many members have a schema that lists its values (enum), and are none of them.
  std::size_t wrong_words(value v, value s) const {
    const auto properties = s.member("properties");
    if (!v.is(kind::object) || !properties)
      return 0;
    std::size_t n = 0;
    for (const auto p : properties->children()) {
      const auto choices = resolved(root_, p).member("enum");
      const auto member = v.member(p.name());
      faults wrong;
      if (choices && member)
        check_choices(*member, *choices, "", wrong);
      n += wrong.size();
    }
    return n;
  }

  static void add(faults& out, faults more) {
    for (auto& f : more)
      out.push_back(std::move(f));
  }

  value root_;
  patterns& patterns_;
};

} // namespace

std::vector<schema_fault> schema_faults(value root, patterns& known, value v) {
  auto all = walk(root, known).check(v, root, "");
  std::vector<schema_fault> out; // two alternatives may find the same
  for (auto& f : all)
    if (std::none_of(out.begin(), out.end(),
                     [&](const schema_fault& o) { return o.pointer == f.pointer && o.detail == f.detail; }))
      out.push_back(std::move(f));
  return out;
}

} // namespace millrace::json
