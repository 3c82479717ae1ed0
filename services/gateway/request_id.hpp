// Names requests: random at the worker's start, then counted. Cheap, unique, and tells nothing. One thread.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::gateway {

class request_ids {
public:
  request_ids();
  // "9f2c51d07ab3-00000001"; valid until the next call.
  const std::string& next();
  const std::string& last() const { return id_; }

private:
  std::string id_;
  std::uint32_t count_ = 0;
  static constexpr std::size_t prefix_size = 13;
};

} // namespace millrace::gateway
