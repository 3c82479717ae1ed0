// Hashes, MACs and comparison in constant time (OpenSSL). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace::crypto {

// Raw digests: 32, 20, 20, 32 and 64 bytes. SHA-1 names things that others name so; it proves nothing.
std::string sha256(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha512(std::string_view key, std::string_view bytes);

// True if equal; the time does not tell where they differ. Unequal lengths are unequal (and tell so).
bool equal_constant_time(std::string_view a, std::string_view b);

// n bytes from the system's generator.
std::string random_bytes(std::size_t n);

} // namespace millrace::crypto
