// Text that an index of Postgres can hold. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::pipeline {

// The key, storable; over 500 bytes replaced by its first 100 bytes and its SHA-256: the same key gives the same.
std::string bounded_key(std::string_view key);
// A text for people and indexes: storable and cut to 1,000 bytes at a character's border (the payload has it whole). What is
// both already is not copied: it must live as long as this.
class bounded_text {
public:
  explicit bounded_text(std::string_view text);
  bounded_text(const bounded_text&) = delete;
  operator std::string_view() const { return text_; }

private:
  std::string repaired_;
  std::string_view text_;
};

} // namespace millrace::pipeline
