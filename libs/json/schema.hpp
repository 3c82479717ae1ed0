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
  // Reads `text` that came from `path`: JSON with // and /* */ comments and trailing commas.
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

// A compiled schema. Uses only what RapidJSON's validator knows (draft-04); `compile` refuses any other keyword.
class schema {
public:
  static result<schema> compile(std::string_view schema_text);
  // All faults it can find: code `schema`, place path:line pointer, detail says what is expected.
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
