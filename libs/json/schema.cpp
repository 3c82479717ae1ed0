#include "json/schema.hpp"

#include "json/schema_vocabulary.hpp"
#include "json/schema_walk.hpp"

namespace millrace::json {

struct schema::compiled {
  explicit compiled(file f) : text(std::move(f)) {}

  file text;
  patterns known;
};

schema::schema(std::unique_ptr<compiled> c) : compiled_(std::move(c)) {}
schema::schema(schema&&) noexcept = default;
schema& schema::operator=(schema&&) noexcept = default;
schema::~schema() = default;

result<schema> schema::compile(std::string_view schema_text) {
  auto text = file::read("schema", std::string(schema_text));
  if (!text)
    return bad("bad_schema", text.error().place, text.error().detail);
  if (auto why = vocabulary_fault(text->root()))
    return bad("bad_schema", text->place(why->place), why->detail);
  return schema(std::make_unique<compiled>(*std::move(text)));
}

std::vector<fault> schema::check(const file& f) const {
  std::vector<fault> out;
  for (auto& found : schema_faults(compiled_->text.root(), compiled_->known, f.root()))
    out.push_back(bad("schema", f.place(found.pointer), std::move(found.detail)));
  return out;
}

} // namespace millrace::json
