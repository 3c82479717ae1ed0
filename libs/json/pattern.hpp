// A regular expression of a schema: ECMA 262, as draft-04 has it. (Not RapidJSON's engine: it lacks \d and aborts on
// "(".) For files of ours only: its time is not bounded by the text's size. Owned by a compiled schema; any thread.
#pragma once

#include <memory>
#include <string>

namespace millrace::json {

class pattern {
public:
  explicit pattern(const std::string& text);
  pattern(pattern&&) noexcept;
  ~pattern();
  // False if the text is no regular expression; then it matches nothing.
  bool is_valid() const;
  // Whether it matches anywhere in `text`, byte by byte. A text of more than 2,000 bytes matches nothing: the engine
  // recurses for every byte.
  bool is_found_in(const std::string& text) const;

private:
  struct compiled;
  std::unique_ptr<compiled> compiled_;
};

} // namespace millrace::json
