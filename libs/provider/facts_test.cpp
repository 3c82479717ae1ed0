#include "provider/facts.hpp"

#include "core/failure.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

catalogue with_rules(const std::string& members, const std::string& more = {}) {
  const folder f;
  f.write("providers/test/profile.json", R"({"provider": "test", "topic": "raw.test", )" + more + R"("families": {"f": {"signatures": ["hmac-sha256-hex"], )" +
                                             members + "}}}");
  std::vector<fault> faults;
  auto made = catalogue::load(f.path("providers"), faults);
  EXPECT_EQ(text_of(faults), "");
  return made;
}

event with_body(std::string body, std::string type = "t") {
  event e;
  e.provider = "test";
  e.family = "f";
  e.type = std::move(type);
  e.body = std::move(body);
  e.received = {1'800'000'000 * second_us};
  return e;
}

// The fields that one rule for the field "x" gives for a body; "unsaid" when none.
std::string field(const std::string& rule, const std::string& body) {
  const auto profiles = with_rules(R"("event": {"type": ["/type"]}, "types": {"t": {"facts": [{"fact": "k", "fields": {"k": {"const": "k"}, "x": )" + rule + "}}]}}");
  const auto r = read_event(profiles, with_body(body));
  if (r.what == reading::outcome::error)
    return r.code;
  auto fields = r.facts.at(0).fields;
  fields.erase("k");
  return fields.empty() ? "unsaid" : to_json(fields);
}

TEST(fields, texts_numbers_booleans_and_the_rest_as_it_stands) {
  EXPECT_EQ(field(R"("/a")", R"({"a":"b"})"), R"({"x":"b"})");
  EXPECT_EQ(field(R"("/a")", R"({"a":98765432109876543210123})"), R"({"x":"98765432109876543210123"})");
  EXPECT_EQ(field(R"("/a")", R"({"a":1e400})"), R"({"x":"1e400"})");
  EXPECT_EQ(field(R"("/a")", R"({"a":true})"), R"({"x":"true"})");
  EXPECT_EQ(field(R"("/a")", R"({"a":{}})"), R"({"x":"{}"})");
  EXPECT_EQ(field(R"("/a")", R"({"a":""})"), R"({"x":""})");
  EXPECT_EQ(field(R"("/a")", R"({"a":null})"), R"({"x":null})");
  EXPECT_EQ(field(R"("/a")", R"({"b":1})"), "unsaid");
}

TEST(fields, text_is_made_storable) {
  EXPECT_EQ(field(R"("/a")", R"({"a":"x\u0000y\ud800"})"), "{\"x\":\"x\xEF\xBF\xBDy\xEF\xBF\xBD\"}");
  EXPECT_EQ(field(R"("/a")", "{\"a\":\"\xff\"}"), "{\"x\":\"\xEF\xBF\xBD\"}");
}

TEST(fields, transforms_do_what_they_say) {
  EXPECT_EQ(field(R"({"from": "/a", "as": ["trim", "lower", "null_if:"]})", R"({"a":" A@B.Com "})"), R"({"x":"a@b.com"})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["trim", "lower", "null_if:"]})", R"({"a":"  "})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": "/a", "as": "unsaid_if:-1"})", R"({"a":-1})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": "set"})", R"({"a":[" b","a","b ","",null,7,{"name":"n"}]})"), R"({"x":["7","a","b","n"]})");
  EXPECT_EQ(field(R"({"from": "/a", "as": "set"})", R"({"a":null})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": "/a", "as": "set"})", R"({"a":"one, text"})"), R"({"x":["one, text"]})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["split_comma", "set"]})", R"({"a":"b, a,,b"})"), R"({"x":["a","b"]})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["split_comma", "set", "null_if:a"]})", R"({"a":"b,a"})"), R"({"x":["b"]})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["null_if:null", "split_comma", "set"]})", R"({"a":["b, c","a",null]})"), R"({"x":["a","b, c"]})")
      << "a list is one already";
  EXPECT_EQ(field(R"({"from": "/a", "as": ["null_if:null", "split_comma", "set"]})", R"({"a":"null"})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": "/a", "as": {"map": {"1": "one"}}})", R"({"a":1})"), R"({"x":"one"})");
  EXPECT_EQ(field(R"({"from": "/a", "as": {"map": {"1": "one"}}})", R"({"a":2})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": "scalar"})", R"({"a":{}})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": "scalar"})", R"({"a":""})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": "scalar"})", R"({"a":null})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["first", "scalar"]})", R"({"a":["+1","+2"]})"), R"({"x":"+1"})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["first", "scalar"]})", R"({"a":[]})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["plain", "trim", "null_if:"]})", R"({"a":{}})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["plain", "trim", "null_if:"]})", R"({"a":["x"]})"), "unsaid");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["plain", "trim", "null_if:"]})", R"({"a":" "})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": "/a", "as": ["plain", "trim", "null_if:"]})", R"({"a":7})"), R"({"x":"7"})");
  EXPECT_EQ(field(R"({"from": "/a", "as": "json"})", R"({"a": {"b" : [ 1, "\u0000"] }})"), "{\"x\":\"{\\\"b\\\":[1,\\\"\xEF\xBF\xBD\\\"]}\"}");
  EXPECT_EQ(field(R"({"from": "/a", "as": "naive_utc"})", R"({"a":"2026-11-20 10:00:00"})"), R"({"x":"2026-11-20T10:00:00.000000Z"})");
  EXPECT_EQ(field(R"({"from": "/a", "as": "rfc3339"})", R"({"a":"soon"})"), "unsaid");
}

TEST(fields, alternatives_templates_and_each) {
  EXPECT_EQ(field(R"(["/a", "/b"])", R"({"b":"2"})"), R"({"x":"2"})");
  EXPECT_EQ(field(R"(["/a", "/b"])", R"({"a":null,"b":"2"})"), R"({"x":"2"})");
  EXPECT_EQ(field(R"(["/a", "/b"])", R"({"a":null})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"from": ["/a", "/b"]})", R"({"a":null,"b":"2"})"), R"({"x":"2"})");
  EXPECT_EQ(field(R"({"from": ["/a", "/b"]})", R"({"a":null})"), R"({"x":null})");
  EXPECT_EQ(field(R"({"template": "{/a}:{/b}"})", R"({"a":1,"b":"2"})"), R"({"x":"1:2"})");
  EXPECT_EQ(field(R"({"template": "{/a}:{/b}"})", R"({"a":1})"), "unsaid");
  EXPECT_EQ(field(R"({"each": "/a", "name": "f.{/id}", "value": "/v"})", R"({"a":[{"id":1,"v":null},{"id":"2","v":[]},{"v":3},4,{"id":5}]})"),
            R"({"f.1":null,"f.2":"[]"})");
  EXPECT_EQ(field(R"({"each": "/a", "name": "d.{key}", "name_as": "lower", "value": "/s", "as": {"map": {"y": "on"}}})",
                  R"({"a":{"SMS":{"s":"y"},"Call":{"s":"n"}}})"),
            R"({"d.sms":"on"})");
  EXPECT_EQ(field(R"({"each": "/a", "name": "d.{key}"})", R"({"a":"text"})"), "unsaid");
}

TEST(fields, a_required_one_that_says_nothing_is_an_error) {
  for (const auto* body : {"{}", R"({"a":null})", R"({"a":""})", R"({"a":{}})"})
    EXPECT_EQ(field(R"({"from": "/a", "as": "scalar", "required": true})", body), "missing_key") << body;
  EXPECT_EQ(field(R"({"from": "/a", "as": "scalar", "required": true})", R"({"a":0})"), R"({"x":"0"})");
}

// Scenario 17: what a raw phone looks like when it leaves here.
TEST(facts, phones_are_carried_as_they_were_written) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  for (const auto& [wire, raw] : {std::pair{R"("+1 (415) 555-0100")", R"("+1 (415) 555-0100")"},
                                  {R"("4155550100")", R"("4155550100")"},
                                  {R"("tel:+14155550100")", R"("tel:+14155550100")"},
                                  {"{}", R"("{}")"},
                                  {R"("")", R"("")"},
                                  {"4155550100", R"("4155550100")"},
                                  {"null", "null"}}) {
    event e = with_body(R"({"type":"ContactUpdate","id":"c","phone":)" + std::string(wire) + "}", "ContactUpdate");
    e.provider = "ghl";
    e.family = "marketplace";
    const auto r = read_event(profiles, e);
    ASSERT_EQ(r.facts.size(), 1u);
    EXPECT_EQ(to_json(r.facts[0].fields), R"({"contact_id":"c","phone":)" + std::string(raw) + R"(,"system":"ghl"})");
  }
}

const std::string one_type = R"("event": {"type": ["/type"]}, "types": {"t": {"facts": [{"fact": "k", "fields": {"x": "/x"}}]}})";

TEST(read_event, what_is_redacted_never_reaches_the_payload) {
  const auto profiles = with_rules(one_type, R"("redact": ["/secret", "/list/*/url"], )");
  const auto r = read_event(profiles, with_body(R"({"x":"1","secret":"s3cret","list":[{"url":"u1"},{"url":"u2","k":1}]})"));
  EXPECT_EQ(r.payload_json, R"({"x":"1","secret":"[redacted]","list":[{"url":"[redacted]"},{"url":"[redacted]","k":1}]})");
  const auto unreadable = read_event(profiles, with_body(R"({"secret":"s3cret")"));
  EXPECT_EQ(unreadable.code, "bad_json");
  EXPECT_EQ(unreadable.payload_json, R"({"unreadable_base64":")" + to_base64(R"({"secret":"s3cret")") + R"("})");
}

TEST(read_event, a_failure_in_shadow_means_nothing) {
  const auto profiles = with_rules(one_type);
  auto e = with_body(R"({"x":1})");
  e.verdict = verified::no;
  const auto r = read_event(profiles, e);
  EXPECT_EQ(r.what, reading::outcome::ignored);
  EXPECT_EQ(r.code, "not_verified");
  EXPECT_TRUE(r.facts.empty());
  e.verdict = verified::none;
  EXPECT_EQ(read_event(profiles, e).what, reading::outcome::applied);
}

TEST(read_event, records_of_unknown_profiles_are_errors) {
  const auto profiles = with_rules(one_type);
  auto e = with_body("{}");
  e.family = "g";
  EXPECT_EQ(read_event(profiles, e).code, "unknown_family");
  e.provider = "nobody";
  EXPECT_EQ(read_event(profiles, e).code, "unknown_provider");
  EXPECT_EQ(read_event(profiles, e).what, reading::outcome::error);
}

TEST(read_event, what_was_repaired_is_counted) {
  const auto r = read_event(with_rules(one_type), with_body("{\"x\":\"\\u0000\",\"x\":\"\xff\",\"y\":1e4000}"));
  EXPECT_EQ(r.doubled_members, 1u);
  EXPECT_EQ(r.replaced_characters, 2u);
}

TEST(read_event, the_body_decides_not_what_the_gateway_said_of_it) {
  const auto profiles = with_rules(one_type);
  EXPECT_EQ(read_event(profiles, with_body("[]")).code, "wrong_kind");
  EXPECT_EQ(read_event(profiles, with_body("")).code, "bad_json");
  EXPECT_EQ(read_event(profiles, with_body("{}", "other")).code, "unknown_type");
}

TEST(said, fields_read_back_as_they_were) {
  field_map fields;
  fields["a"] = {std::string("x\"\n")};
  fields["b"] = {};
  fields["c"] = {std::vector<std::string>{"1", ""}};
  fields["d"] = {std::vector<std::string>{}};
  EXPECT_EQ(to_json(fields), R"({"a":"x\"\n","b":null,"c":["1",""],"d":[]})");
  EXPECT_TRUE(fields_from_json(to_json(fields)) == fields);
  for (const auto* broken : {"", "[]", R"({"a":1})", R"({"a":[1]})", R"({"a":{}})", "{"})
    EXPECT_THROW(fields_from_json(broken), bug) << broken;
}

} // namespace
} // namespace millrace
