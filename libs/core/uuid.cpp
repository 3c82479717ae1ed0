#include "core/uuid.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

#include <array>
#include <cstring>

namespace millrace {
namespace {

// Millrace's namespace: 81fb680e-07a5-474c-b9da-8fa3798b0c92. It must never change: every id in every table stands on it.
constexpr boost::uuids::uuid millrace_namespace = {
    {0x81, 0xfb, 0x68, 0x0e, 0x07, 0xa5, 0x47, 0x4c,
     0xb9, 0xda, 0x8f, 0xa3, 0x79, 0x8b, 0x0c, 0x92}};

std::string with_dashes(std::string_view bytes) {
  std::string hex = to_hex(bytes);
  for (const std::size_t at : {8, 13, 18, 23})
    hex.insert(at, 1, '-');
  return hex;
}

} // namespace

std::string uuid_v5(std::string_view name) {
  const auto id = boost::uuids::name_generator_sha1(millrace_namespace)(name.data(), name.size());
  std::array<char, 16> bytes;
  std::memcpy(bytes.data(), &id, bytes.size());
  return with_dashes({bytes.data(), bytes.size()});
}

std::string uuid_v8(std::string_view hash) {
  if (hash.size() < 16)
    throw bug("uuid_v8 needs a hash of at least 16 bytes");
  std::string bytes(hash.substr(0, 16));
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return with_dashes(bytes);
}

} // namespace millrace
