#include "json/schema.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::json;

namespace {

// A small relative of the provider profiles' schema.
constexpr std::string_view profile_schema = R"({
  "$schema": "http://json-schema.org/draft-04/schema#",
  "type": "object",
  "required": ["name", "families"],
  "additionalProperties": false,
  "properties": {
    "$schema": {"type": "string"},
    "name": {"type": "string", "pattern": "^[a-z]+$", "description": "lower-case letters"},
    "families": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/definitions/family"}},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100},
    "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
    "answer": {"oneOf": [
      {"type": "object", "required": ["kind", "text"], "additionalProperties": false,
       "properties": {"kind": {"enum": ["twiml"]}, "text": {"type": "string"}}},
      {"type": "object", "required": ["kind"], "additionalProperties": false,
       "properties": {"kind": {"enum": ["json", "empty"]}, "status": {"type": "integer"}}}
    ]},
    "ids": {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true, "maxItems": 3},
    "where": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
  },
  "definitions": {
    "family": {"type": "object", "required": ["signature"],
      "properties": {"signature": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/signature"}}}},
    "signature": {"type": "object", "required": ["scheme"], "additionalProperties": false,
      "properties": {"scheme": {"enum": ["hmac-sha1", "hmac-sha256", "ed25519"]}, "header": {"type": "string"},
        "also": {"$ref": "#/definitions/signature"}}}
  }
})";

std::vector<std::string> faults_of(std::string_view schema_text, std::string text) {
  const auto s = schema::compile(schema_text);
  if (!s)
    return {s.error().text()};
  const auto f = file::read("p.json", std::move(text));
  if (!f)
    return {f.error().text()};
  std::vector<std::string> out;
  for (const auto& x : s->check(*f)) {
    EXPECT_EQ(x.code, "schema");
    out.push_back(x.place + ": " + x.detail);
  }
  return out;
}

std::vector<std::string> profile_faults(const std::string& members) {
  return faults_of(profile_schema, R"({"name": "x", "families": {"a": {"signature": [{"scheme": "ed25519"}]}})" +
                                       (members.empty() ? "" : ", " + members) + "}");
}

using strings = std::vector<std::string>;

std::string refusal(std::string_view schema_text) {
  const auto s = schema::compile(schema_text);
  return s ? "" : s.error().text();
}

} // namespace

TEST(schema, a_good_file_has_no_fault) {
  EXPECT_EQ(profile_faults(""), strings{});
  EXPECT_EQ(profile_faults(R"("limit": 1, "ratio": 0.1, "ids": ["a", "b"], "where": ["x"], // why
                              "answer": {"kind": "json", "status": 200},)"),
            strings{});
}

TEST(schema, a_wrong_word_is_told_with_line_pointer_and_what_is_expected) {
  EXPECT_EQ(faults_of(profile_schema, "{\"name\": \"x\",\n \"families\": {\"x\": {\"signature\": [\n {\"scheme\": \"hmac-md5\"}]}}}"),
            strings{R"(p.json:3 /families/x/signature/0/scheme: is "hmac-md5"; one of "hmac-sha1", "hmac-sha256" or "ed25519" is expected)"});
}

TEST(schema, all_faults_come_at_once) {
  EXPECT_EQ(faults_of(profile_schema, R"({
 "name": "X1",
 "familys": {},
 "limit": 1000,
 "ratio": 0,
 "ids": ["a", 2, "", "a"]
})"),
            (strings{
                R"(p.json:1: "families" is missing)",
                R"(p.json:2 /name: is "X1", which does not match ^[a-z]+$ (lower-case letters))",
                R"(p.json:3 /familys: "familys" is not known here; did you mean "families"?)",
                R"(p.json:4 /limit: is 1000; at most 100 is expected)",
                R"(p.json:5 /ratio: is 0; more than 0 is expected)",
                R"(p.json:6 /ids: has 4 elements; at most 3 are expected)",
                R"(p.json:6 /ids/3: "a" is there twice)",
                R"(p.json:6 /ids/1: is 2; a string is expected)",
                R"(p.json:6 /ids/2: is empty)",
            }));
}

TEST(schema, a_wrong_type_says_which_is_expected) {
  EXPECT_EQ(profile_faults(R"("limit": 1.5)"), strings{"p.json:1 /limit: is 1.5; a whole number is expected"});
  EXPECT_EQ(profile_faults(R"("where": 3)"), strings{"p.json:1 /where: is 3; a string or an array is expected"});
  EXPECT_EQ(profile_faults(R"("ids": null)"), strings{"p.json:1 /ids: is null; an array is expected"});
  EXPECT_EQ(faults_of(profile_schema, "[]"), strings{"p.json:1: is []; an object is expected"});
}

TEST(schema, of_alternatives_the_probable_one_is_told) {
  EXPECT_EQ(profile_faults(R"("answer": {"kind": "twiml"})"), strings{R"(p.json:1 /answer: "text" is missing)"});
  EXPECT_EQ(profile_faults(R"("answer": {"kind": "empty", "text": "x"})"),
            strings{R"(p.json:1 /answer/text: "text" is not known here; known are kind and status)"});
  EXPECT_EQ(profile_faults(R"("where": ["a", 1])"), strings{"p.json:1 /where/1: is 1; a string is expected"});
}

TEST(schema, an_unknown_property_without_neighbour_lists_what_is_known) {
  EXPECT_EQ(faults_of(profile_schema, R"({"name":"x","families":{"a/b":{"signature":[{"scheme":"ed25519","zzz":1}]}}})"),
            strings{R"(p.json:1 /families/a~1b/signature/0/zzz: "zzz" is not known here; known are scheme, header and also)"});
}

TEST(schema, references_may_recurse_by_way_of_children) {
  EXPECT_EQ(faults_of(profile_schema, R"({"name":"x","families":{"a":{"signature":[{"scheme":"ed25519",
  "also":{"scheme":"ed25519","also":{"scheme":"hmac"}}}]}}})"),
            strings{R"(p.json:2 /families/a/signature/0/also/also/scheme: is "hmac"; one of "hmac-sha1", "hmac-sha256" or "ed25519" is expected)"});
}

TEST(schema, every_keyword_of_draft_04_is_checked) {
  const struct {
    const char *schema, *good, *bad;
  } cases[] = {
      {R"({"type":"integer"})", "1", "1.0"},
      {R"({"type":["null","boolean"]})", "null", "0"},
      {R"({"type":"number"})", "1", "\"1\""},
      {R"({"enum":[1,"a",null,[1],{"x":1}]})", R"({"x":1})", R"({"x":2})"},
      {R"({"minimum":2})", "2", "1"},
      {R"({"minimum":2,"exclusiveMinimum":true})", "2.5", "2"},
      {R"({"maximum":2})", "2", "3"},
      {R"({"maximum":2,"exclusiveMaximum":true})", "1", "2"},
      {R"({"multipleOf":5})", "10", "11"},
      {R"({"minLength":2})", "\"\xc3\xa9\xc3\xa9\"", "\"\xc3\xa9\""},
      {R"({"maxLength":1})", "\"\xc3\xa9\"", "\"ab\""},
      {R"x({"pattern":"^a{2,3}(b|c)$"})x", "\"aac\"", "\"aacx\""},
      {R"({"pattern":"b"})", "\"abc\"", "\"ac\""},
      {R"({"pattern":"^\\d(?:a|b)\\w$"})", "\"1az\"", "\"1cz\""},
      {R"({"minItems":1})", "[1]", "[]"},
      {R"({"maxItems":1})", "[1]", "[1,2]"},
      {R"({"uniqueItems":true})", "[1,2]", "[{\"a\":1},{\"a\":1}]"},
      {R"({"items":{"type":"string"}})", "[\"a\"]", "[\"a\",1]"},
      {R"({"items":[{"type":"string"}]})", "[\"a\",1]", "[1]"},
      {R"({"items":[{"type":"string"}],"additionalItems":false})", "[\"a\"]", "[\"a\",1]"},
      {R"({"items":[{"type":"string"}],"additionalItems":{"type":"null"}})", "[\"a\",null]", "[\"a\",1]"},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x","b":1})", R"({"a":1})"},
      {R"({"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false})", R"({"x-a":"1"})", R"({"x-a":1})"},
      {R"({"patternProperties":{"^x-":{}},"additionalProperties":false})", R"({"x-a":1})", R"({"y":1})"},
      {R"({"additionalProperties":{"type":"null"}})", R"({"a":null})", R"({"a":1})"},
      {R"({"required":["a"]})", R"({"a":1})", "{}"},
      {R"({"minProperties":1})", R"({"a":1})", "{}"},
      {R"({"maxProperties":1})", R"({"a":1})", R"({"a":1,"b":2})"},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})"},
      {R"({"dependencies":{"a":{"required":["c"]}}})", R"({"b":1})", R"({"a":1})"},
      {R"({"allOf":[{"minimum":1},{"maximum":3}]})", "2", "4"},
      {R"({"anyOf":[{"maximum":1},{"minimum":3}]})", "0", "2"},
      {R"({"oneOf":[{"minimum":1},{"maximum":3}]})", "0", "2"},
      {R"({"not":{"type":"null"}})", "1", "null"},
      {R"({"$ref":"#/definitions/a~1b","definitions":{"a/b":{"type":"null"}}})", "null", "1"},
      {R"({"items":{"$ref":"#"},"type":["array","null"]})", "[[null]]", "[[1]]"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(faults_of(c.schema, c.good), strings{}) << c.schema << c.good;
    const auto wrong = faults_of(c.schema, c.bad);
    EXPECT_EQ(wrong.size(), 1u) << c.schema << c.bad;
    for (const auto& w : wrong) {
      EXPECT_EQ(w.find("bad_schema"), std::string::npos) << w;
    }
  }
}

TEST(schema, what_the_validator_would_ignore_is_refused) {
  for (const auto* text :
       {R"({"const":1})", R"({"if":{},"then":{}})", R"({"else":{}})", R"({"$defs":{}})", R"({"contains":{}})",
        R"({"propertyNames":{}})", R"({"exclusiveMinimum":0})", R"({"exclusiveMaximum":3,"maximum":4})", R"({"format":"date"})",
        R"({"examples":[1]})", R"({"$comment":"x"})", R"({"unevaluatedProperties":false})", R"({"typ":"string"})",
        R"({"properties":{"a":{"const":1}}})", R"({"properties":{"a":{"items":[{"readOnly":true}]}}})",
        R"({"definitions":{"a":{"const":1}}})", R"({"allOf":[{"const":1}]})", R"({"not":{"const":1}})",
        R"({"additionalProperties":{"const":1}})", R"({"dependencies":{"a":{"const":1}}})",
        R"({"$schema":"http://json-schema.org/draft-07/schema#"})", R"({"type":"strnig"})", R"({"type":[]})", R"({"enum":[]})",
        R"({"required":true})", R"({"required":[]})", R"({"minLength":-1})", R"({"minLength":1.5})", 
        "{\"pattern\":\"(\"}", R"({"pattern":"[a"})", R"({"pattern":"a{2"})", R"({"patternProperties":{"*":{}}})", R"({"properties":[]})",
        R"({"properties":{"a":true}})", R"({"items":true})", R"({"multipleOf":0})", R"({"allOf":[]})", R"({"not":true})",
        R"({"$ref":"other.json"})", R"({"$ref":"#/definitions/x"})", R"({"$ref":"http://x/y#"})", R"({"$ref":1})",
        R"({"definitions":{"a":{}},"properties":{"x":{"$ref":"#/definitions/a","type":"string"}}})",
        R"({"properties":{"x":{"$ref":"#/default"}},"default":{"const":1}})", "[]", "true", "{", ""})
    EXPECT_EQ(refusal(text).substr(0, 10), "bad_schema") << text;
}

TEST(schema, a_property_may_be_named_like_any_keyword) {
  EXPECT_EQ(refusal(R"({"properties":{"const":{"type":"string"},"$ref":{"type":"string"},"not":{},"format":{}},
                        "default":{"const":1},"enum":[{"if":1}]})"),
            "");
}

TEST(schema, a_refusal_names_line_pointer_and_neighbour) {
  EXPECT_EQ(refusal("{\n\"properties\":{\n\"a\":{\"minLenght\":1}}}"),
            "bad_schema at schema:3 /properties/a/minLenght: 'minLenght' is no keyword of draft-04; did you mean 'minLength'?");
}

TEST(schema, a_schema_that_applies_itself_for_ever_is_refused) {
  for (const auto* text :
       {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"not":{"anyOf":[{"$ref":"#"}]}})",
        R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}})",
        R"({"definitions":{"a":{"dependencies":{"x":{"oneOf":[{"$ref":"#/definitions/a"}]}}}}})"})
    EXPECT_NE(refusal(text).find("without end"), std::string::npos) << text << refusal(text);
}

TEST(schema, a_schema_moves) {
  auto a = *schema::compile(R"({"type":"null"})");
  auto b = std::move(a);
  a = *schema::compile(R"({"type":"string"})");
  const auto f = file::read("x", "null");
  EXPECT_EQ(b.check(*f).size(), 0u);
  EXPECT_EQ(a.check(*f).size(), 1u);
}
