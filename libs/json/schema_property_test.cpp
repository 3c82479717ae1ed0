// Our check against RapidJSON's validator on random schemas and values, within what that validator can do: no
// patternProperties (its stack runs empty), no additionalProperties beside dependencies or required (it takes the names
// there for known ones), no member whose name is its value (its hash of the two is that of nothing).
// MILLRACE_SEED=n replays a failure; MILLRACE_ROUNDS=n makes it longer.
#include "json/schema.hpp"

#include <gtest/gtest.h>

#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <cstdlib>
#include <random>

using namespace millrace::json;

namespace {

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  std::string value(int depth = 0) {
    switch (below(depth > 2 ? 5 : 8)) {
    case 0:
      return "null";
    case 1:
      return below(2) ? "true" : "false";
    case 2:
      return std::to_string(static_cast<int>(below(9)) - 3);
    case 3:
      return std::to_string(below(5)) + ".5";
    case 4:
      return quoted(word());
    case 5: {
      std::string out = "[";
      for (std::size_t i = 0, n = below(4); i < n; ++i)
        out += (i ? "," : "") + value(depth + 1);
      return out + "]";
    }
    default: {
      std::string out = "{";
      bool first = true;
      for (const char* name : {"x", "y", "z"})
        if (below(2)) {
          out += (first ? "" : ",") + quoted(name) + ":" + value(depth + 1);
          first = false;
        }
      return out + "}";
    }
    }
  }

  std::string schema(int depth = 0) {
    std::string out = "{";
    for (std::size_t n = below(3) + 1, i = 0; i < n; ++i) {
      const auto k = keyword(depth);
      const auto both = out + k;
      const bool closed = both.find("additional") != std::string::npos;
      const bool named = both.find("dependencies") != std::string::npos || both.find("required") != std::string::npos;
      const bool twice = both.find("additional") != both.rfind("additional");
      if (out.find(k.substr(0, k.find(':'))) == std::string::npos && !(closed && named) && !twice) // also below: good enough
        out += (out.size() > 1 ? "," : "") + k;
    }
    return out + "}";
  }

private:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  std::string word() {
    static const char* const words[] = {"a", "b", "ab", "abc", "\xc3\xa9", ""};
    return words[below(6)];
  }
  static std::string quoted(const std::string& s) { return "\"" + s + "\""; }
  std::string type() {
    static const char* const types[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    return quoted(types[below(7)]);
  }
  std::string keyword(int depth) {
    const auto count = std::to_string(below(3));
    const auto number = std::to_string(static_cast<int>(below(5)) - 1);
    switch (below(depth > 2 ? 14 : 23)) {
    case 0:
    case 1:
      return "\"type\":" + type();
    case 2:
      return "\"type\":[" + type() + "," + type() + "]";
    case 3:
      return "\"enum\":[" + value(2) + "," + value(2) + "]";
    case 4:
      return "\"minimum\":" + number;
    case 5:
      return "\"maximum\":" + number + ",\"exclusiveMaximum\":true";
    case 6:
      return "\"minLength\":" + count;
    case 7:
      return "\"maxLength\":" + count;
    case 8:
      return "\"pattern\":\"^a+b?$\"";
    case 9:
      return "\"minItems\":" + count + ",\"maxProperties\":" + count;
    case 10:
      return "\"maxItems\":" + count + ",\"minProperties\":" + count;
    case 11:
      return "\"required\":[\"x\"]";
    case 12:
      return "\"uniqueItems\":true";
    case 13:
      return "\"dependencies\":{\"x\":[\"y\"]}";
    case 14:
    case 15:
      return "\"properties\":{\"x\":" + schema(depth + 1) + ",\"y\":" + schema(depth + 1) + "}";
    case 16:
      return "\"items\":" + schema(depth + 1);
    case 17:
      return "\"additionalProperties\":" + schema(depth + 1);
    case 18:
      return "\"properties\":{\"x\":{}},\"additionalProperties\":false";
    case 19:
      return "\"not\":" + schema(depth + 1);
    case 20:
      return "\"allOf\":[" + schema(depth + 1) + "," + schema(depth + 1) + "]";
    case 21:
      return "\"anyOf\":[" + schema(depth + 1) + "," + schema(depth + 1) + "]";
    default:
      return "\"oneOf\":[" + schema(depth + 1) + "," + schema(depth + 1) + "]";
    }
  }
  std::mt19937_64 random_;
};

bool rapidjson_accepts(const std::string& schema_text, const std::string& text) {
  rapidjson::Document source, d;
  source.Parse(schema_text.c_str());
  d.Parse(text.c_str());
  const rapidjson::SchemaDocument compiled(source);
  rapidjson::SchemaValidator validator(compiled);
  return d.Accept(validator);
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

TEST(schema_property, agrees_with_rapidjsons_validator) {
  const auto first = number_from("MILLRACE_SEED", 1);
  const auto rounds = number_from("MILLRACE_ROUNDS", 2'000);
  std::size_t accepted = 0, refused = 0;
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed) + " MILLRACE_ROUNDS=1");
    generator g(seed);
    const auto schema_text = g.schema();
    const auto s = schema::compile(schema_text);
    ASSERT_TRUE(s) << s.error().text() << schema_text;
    for (int i = 0; i < 10; ++i) {
      const auto text = g.value();
      const auto faults = s->check(*file::read("x", text));
      ++(faults.empty() ? accepted : refused);
      ASSERT_EQ(faults.empty(), rapidjson_accepts(schema_text, text))
          << schema_text << "\n" << text << "\n" << (faults.empty() ? "" : faults[0].text());
    }
  }
  if (rounds > 100) {
    EXPECT_GT(accepted, rounds);
    EXPECT_GT(refused, rounds);
  }
}
