// Hex, base64 and percent encoding, strict in what they accept. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

// Lower-case hex of the bytes.
std::string to_hex(std::string_view bytes);
// Accepts both cases; nullopt on an odd length or any other character.
std::optional<std::string> from_hex(std::string_view text);

// RFC 4648 §4 with padding.
std::string to_base64(std::string_view bytes);
// RFC 4648 §4, with or without padding; no white space, no other character, no non-zero trailing bits after
// padding is restored (a lax sender's non-canonical trailing bits are accepted: some libraries produce them).
std::optional<std::string> from_base64(std::string_view text);
// RFC 4648 §5 (base64url), with or without padding.
std::optional<std::string> from_base64url(std::string_view text);

// Percent-encodes every byte that is not RFC 3986 unreserved.
std::string percent_encode(std::string_view text);
// Percent-encodes the characters of `reserved` and '%' only.
std::string percent_encode_only(std::string_view text, std::string_view reserved);
// application/x-www-form-urlencoded: '+' is a space; nullopt on a broken escape.
std::optional<std::string> form_decode(std::string_view text);
// Plain percent-decoding (no '+'); nullopt on a broken escape.
std::optional<std::string> percent_decode(std::string_view text);

} // namespace millrace
