// Reads the parts that event rules are made of (pointers, conditions, transforms, fields) out of a profile, and says
// with file, line and pointer what is wrong with them. Internal to compile_event_rules; one per family.
#pragma once

#include "json/schema.hpp"
#include "provider/compiled_rules.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A value of the profile and where it stands.
struct profile_node {
  json::value v;
  std::string at;

  std::optional<profile_node> member(std::string_view name) const;
  std::vector<profile_node> elements() const; // of an array; members of an object
  std::string name() const { return std::string(v.name()); }
  bool is(json::kind k) const { return v.is(k); }
};

class rule_compiler {
public:
  rule_compiler(const json::file& profile, std::vector<fault>& faults) : file_(profile), faults_(faults) {}

  void fail(const profile_node& n, std::string detail) { faults_.push_back({"bad_value", file_.place(n.at), std::move(detail)}); }

  // False (and a fault) unless it is an object; every member that is not known is a fault.
  bool object(const profile_node& n, std::initializer_list<std::string_view> known);
  std::string text(const profile_node& n);
  bool flag(const profile_node& n);
  std::string member_text(const profile_node& n, std::string_view name); // empty if absent
  pointer_list pointers(const profile_node& n);                          // one, or an array of them
  pointer_list member_pointers(const profile_node& n, std::string_view name);
  std::set<std::string, std::less<>> texts(const profile_node& n);

  condition_list conditions(const profile_node& n); // one, or an array of them
  condition_list member_conditions(const profile_node& n);
  std::vector<transform> transforms(const profile_node& n);
  std::vector<std::pair<time_form, int>> time_forms(const profile_node& n);
  std::vector<value_rule> values(const profile_node& n); // one, or an array of alternatives

private:
  condition one_condition(const profile_node& n);
  value_rule one_value(const profile_node& n);
  void one_transform(const profile_node& n, std::vector<transform>& made);
  std::optional<std::pair<time_form, int>> time_form_of(const profile_node& n);
  void check_pointer(const profile_node& n, const std::string& pointer);
  void check_template(const profile_node& n, const std::string& text);

  const json::file& file_;
  std::vector<fault>& faults_;
};

} // namespace millrace
