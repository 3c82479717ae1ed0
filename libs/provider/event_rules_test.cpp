// Each kind of mistake in a profile's event rules gets its clear error, with file, line and pointer.
#include "provider/event_rules.hpp"

#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

std::string faults_of(const std::string& members) {
  const folder f;
  f.write("providers/test/profile.json",
          "{\"provider\": \"test\", \"topic\": \"raw.test\", \"families\": {\"f\": {\"signatures\": [],\n" + members + "}}}");
  std::vector<fault> faults;
  catalogue::load(f.path("providers"), faults);
  return text_of(faults);
}

std::string type_faults(const std::string& type, const std::string& facts = {}) {
  return faults_of("\"event\": {\"type\": [\"/type\"]},\n\"types\": {\"t\": " + type + "}" + (facts.empty() ? "" : ",\n\"facts\": " + facts));
}

std::string field_faults(const std::string& rule) { return type_faults(R"({"facts": [{"fact": "k", "fields": {"x": )" + rule + "}}]}"); }

void expect_told(const std::string& told, std::initializer_list<std::string_view> words) {
  EXPECT_FALSE(told.empty());
  for (auto word : words)
    EXPECT_NE(told.find(word), std::string::npos) << "`" << word << "` is not told in: " << told;
}

TEST(event_rules, a_mistake_is_told_with_its_line_and_pointer) {
  expect_told(field_faults(R"({"from": "a"})"), {"profile.json:3", "/families/f/types/t/facts/0/fields/x/from", "must begin with `/`"});
  expect_told(field_faults(R"({"from": "/a~2"})"), {"behind `~` stands 0 or 1"});
  expect_told(field_faults(R"({"from": "/a", "as": "lowr"})"), {"`lowr` is no transform", "did you mean `lower`"});
  expect_told(field_faults(R"({"form": "/a"})"), {"`form` is not known here", "did you mean `from`"});
  expect_told(field_faults(R"({"each": "/a", "name": "x"})"), {"`each` needs a `name`"});
  expect_told(field_faults(R"({"template": "{/a"})"), {"not closed"});
  expect_told(field_faults(R"({"keyword": "/a", "part": "verb"})"), {"action, reason, word or list"});
  expect_told(field_faults(R"({"from": "/a", "required": "yes"})"), {"true or false"});
  expect_told(field_faults(R"({"from": "/a", "when": {"pointer": "/b"}})"), {"asks nothing"});
  expect_told(field_faults("7"), {"an object is wanted"});
  expect_told(field_faults("[]"), {"at least one"});
}

TEST(event_rules, types_and_facts_must_fit_together) {
  expect_told(type_faults("{}"), {"`facts`, or `ignored`"});
  expect_told(type_faults(R"({"ignored": "x", "facts": ["k"]})"), {"`k` is no fact"});
  expect_told(type_faults(R"({"same_as": "u"})"), {"`u` is no type"});
  expect_told(type_faults(R"({"facts": ["kk"]})", R"({"k": {"fact": "k", "fields": {"x": "/x"}}})"), {"`kk` is no fact", "(known: k)"});
  expect_told(type_faults(R"({"ignored": "x"})", R"({"k": {"fact": "k", "fields": {"x": "/x"}}})"), {"no type makes this fact"});
  expect_told(type_faults(R"({"facts": ["a"]})", R"({"a": ["b"], "b": ["a"]})"), {"circle"});
  expect_told(type_faults(R"({"facts": [{"fields": {"x": "/x"}}]})"), {"has a kind"});
  expect_told(type_faults(R"({"facts": [{"fact": "k"}]})"), {"has `fields`"});
  expect_told(type_faults(R"({"when": {"pointer": "/a", "exists": true}, "facts": [{"fact": "k", "fields": {"x": "/x"}}]})"), {"`else_ignored`"});
  expect_told(type_faults(R"({"entity": {"type": "a/b"}, "ignored": "x"})"), {"without `/`"});
}

TEST(event_rules, the_event_section_is_checked_too) {
  const auto told = [](const std::string& section) { return faults_of("\"event\": " + section + ",\n\"types\": {}"); };
  expect_told(told("{}"), {"`type` says where"});
  expect_told(told(R"({"type": [{"pointer": "/a", "const": "b"}]})"), {"one of `pointer`, `header` and `const`"});
  expect_told(told(R"({"type": "/t", "time": [{"from": "/a", "as": "epoch"}]})"), {"no form of time", "epoch_s"});
  expect_told(told(R"({"type": "/t", "time": [{"from": "/a", "as": {"naive": "Europe/Paris"}}]})"), {"+02:00"});
  expect_told(told(R"({"type": "/t", "time": [{"from": "/a"}]})"), {"`as`"});
  expect_told(told(R"({"type": "/t", "version": [{"pointer": "/a", "header": "b"}]})"), {"`pointer` or in a `header`"});
  expect_told(told(R"({"type": "/t", "acount": ["/a"]})"), {"did you mean `account`"});
  expect_told(faults_of("\"handshake\": {\"answer\": {\"body\": \"x\"}}, \"event\": {\"type\": \"/t\"}, \"types\": {}"), {"has `when`"});
  expect_told(faults_of("\"handshake\": {\"when\": {\"pointer\": \"/a\", \"exists\": true}}, \"event\": {\"type\": \"/t\"}, \"types\": {}"), {"`answer`"});
}

TEST(event_rules, all_mistakes_are_told_at_once) {
  const auto told = faults_of(R"("event": {"type": ["type"]}, "types": {"a": {"facts": ["x"]}, "b": {"facts": ["y"]}})");
  expect_told(told, {"no JSON Pointer", "`x` is no fact", "`y` is no fact"});
}

TEST(event_rules, a_good_profile_has_no_fault) {
  EXPECT_EQ(type_faults(R"({"facts": ["k", {"extends": "k", "when": {"any": [{"keyword": "/a", "says": "out"}, {"pointer": ["/a", "/b"], "in": ["1"]}]},
                          "fields": {"y": [{"const": "1"}]}}]})",
                        R"({"k": {"fact": "k", "fields": {"x": "/x"}}})"),
            "");
}

TEST(event_rules, the_kinds_of_facts_are_told) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  EXPECT_EQ(profiles.find("verity")->fact_kinds(), std::vector<std::string>{"broadcast"});
  EXPECT_EQ(profiles.find("sendgrid")->fact_kinds(), std::vector<std::string>{});
}

} // namespace
} // namespace millrace
