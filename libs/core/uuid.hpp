// Deterministic ids (RFC 9562): version 5 of a natural key, version 8 of a hash. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// UUIDv5 in Millrace's own namespace of `name`; lower-case text of 36 characters.
std::string uuid_v5(std::string_view name);
// UUIDv8 made of the first 16 bytes of `hash` (at least 16 bytes) with version and variant set.
std::string uuid_v8(std::string_view hash);

} // namespace millrace
