#include "json/schema.hpp"

#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

namespace millrace::json {

struct schema::compiled {
  rapidjson::Document source;
  std::unique_ptr<rapidjson::SchemaDocument> document;
};

schema::schema(std::unique_ptr<compiled> c) : compiled_(std::move(c)) {}
schema::schema(schema&&) noexcept = default;
schema& schema::operator=(schema&&) noexcept = default;
schema::~schema() = default;

result<schema> schema::compile(std::string_view schema_text) {
  auto c = std::make_unique<compiled>();
  c->source.Parse(schema_text.data(), schema_text.size());
  if (c->source.HasParseError())
    return bad("bad_schema", "", "the schema is no JSON");
  if (c->source.IsObject() && c->source.HasMember("const"))
    return bad("bad_schema", "/const", "not a keyword of draft-04");
  c->document = std::make_unique<rapidjson::SchemaDocument>(c->source);
  return schema(std::move(c));
}

std::vector<fault> schema::check(const file& f) const {
  rapidjson::Document d;
  const auto text = f.root().source();
  d.Parse(text.data(), text.size());
  rapidjson::SchemaValidator validator(*compiled_->document);
  if (d.Accept(validator))
    return {};
  rapidjson::StringBuffer at;
  validator.GetInvalidDocumentPointer().Stringify(at);
  return {bad("schema", f.place(at.GetString()), validator.GetInvalidSchemaKeyword())};
}

} // namespace millrace::json
