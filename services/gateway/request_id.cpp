#include "request_id.hpp"

#include "core/encoding.hpp"
#include "crypto/hash.hpp"

namespace millrace::gateway {

request_ids::request_ids() : id_(to_hex(crypto::random_bytes(6)) + "-00000000") {}

const std::string& request_ids::next() {
  std::uint32_t n = ++count_;
  for (std::size_t i = id_.size(); i > prefix_size; n >>= 4)
    id_[--i] = "0123456789abcdef"[n & 15];
  return id_;
}

} // namespace millrace::gateway
