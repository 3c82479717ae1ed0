// Text that an index of Postgres can hold. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::pipeline {

// The key, storable; over 500 bytes replaced by its first 100 bytes and its SHA-256: the same key gives the same.
std::string bounded_key(std::string_view key);
// A text for people and indexes: storable and cut to 1,000 bytes at a character's border (the payload has it whole).
std::string bounded_text(std::string_view text);

} // namespace millrace::pipeline
