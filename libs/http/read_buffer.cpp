#include "http/connection.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::http {

namespace {
constexpr std::size_t first_size = 4 * 1024;
constexpr std::size_t kept_size = 16 * 1024;
} // namespace

std::pair<char*, std::size_t> read_buffer::prepare(std::size_t least) {
  if (size_ > 0 && size_ - end_ >= least)
    return {memory_.get() + end_, size_ - end_};
  std::size_t used = size();
  if (size_ - used >= least && begin_ > 0) {
    std::memmove(memory_.get(), data(), used);
  } else {
    std::size_t grown = std::max({first_size, size_ * 2, used + least});
    auto larger = std::make_unique_for_overwrite<char[]>(grown);
    if (used > 0)
      std::memcpy(larger.get(), data(), used);
    memory_ = std::move(larger);
    size_ = grown;
    count(size_);
  }
  begin_ = 0;
  end_ = used;
  return {memory_.get() + end_, size_ - end_};
}

void read_buffer::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < end_)
    return;
  begin_ = end_ = 0;
  if (size_ > kept_size || (size_ > first_size && counts_.buffer_bytes > much_)) {
    memory_.reset();
    size_ = 0;
    count(0);
  }
}

void read_buffer::erase(std::size_t at, std::size_t bytes) {
  char* from = memory_.get() + begin_ + at;
  std::memmove(from, from + bytes, size() - at - bytes);
  end_ -= bytes;
}

void read_buffer::count_also(std::size_t bytes) {
  also_ = bytes;
  count(size_);
}

void read_buffer::count(std::size_t bytes) {
  std::size_t beyond = bytes + also_ > first_size ? bytes + also_ - first_size : 0;
  counts_.buffer_bytes += beyond - counted_;
  counted_ = beyond;
}

} // namespace millrace::http
