// JSON files that people write (with comments and trailing commas), checked against a draft-04 JSON Schema.
#pragma once

#include "core/result.hpp"
#include "json/document.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::json {

// A file of ours, read. Owns its text; line_of tells people where a value stands.
class file {
public:
  // Reads `text` that came from `path`: JSON with // and /* */ comments and trailing commas. Faults are those of
  // `parse`, with the place "path:line:column"; a member that is there twice is one too (`doubled_member`): the one
  // that is not seen is always a mistake. `load` has `unreadable_file` as well.
  static result<file> read(std::string path, std::string text);
  static result<file> load(const std::string& path);
  value root() const { return document_->root(); }
  const std::string& path() const { return path_; }
  // 1-based line of the value at the pointer (of its nearest existing ancestor).
  int line_of(std::string_view pointer) const;
  // "path:line" for a fault's place, followed by the pointer.
  std::string place(std::string_view pointer) const;

private:
  std::string path_;
  std::unique_ptr<std::string> text_; // comments blanked, same offsets as the file
  std::unique_ptr<document> document_;
};

// A compiled schema: draft-04, all of it but remote references and `format`. `compile` refuses any other keyword, so no
// rule of a schema is silently ignored. The check is ours: RapidJSON's stops at the first fault and breaks where
// patternProperties meet additionalProperties; a test compares the two. One thread at a time.
class schema {
public:
  // `schema_text` may have comments. Fault `bad_schema`, place "schema:line pointer".
  static result<schema> compile(std::string_view schema_text);
  // All faults: code `schema`, place "path:line pointer", detail says what is there and what is expected.
  std::vector<fault> check(const file& f) const;
  schema(schema&&) noexcept;
  schema& operator=(schema&&) noexcept;
  ~schema();

private:
  struct compiled;
  explicit schema(std::unique_ptr<compiled> c);
  std::unique_ptr<compiled> compiled_;
};

} // namespace millrace::json
