#include "directory.hpp"

#include <algorithm>

namespace millrace::gateway {

using namespace std::chrono_literals;

bool rate_limit::allow(std::uint32_t per_second, std::chrono::steady_clock::time_point now) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
  std::int64_t next = next_ns_.load(std::memory_order_relaxed);
  std::int64_t from = 0;
  do {
    from = std::max(next, now_ns);
    if (from + second / per_second - now_ns > second)
      return false;
  } while (!next_ns_.compare_exchange_weak(next, from + second / per_second, std::memory_order_relaxed));
  return true;
}

directory::directory(std::shared_ptr<const sources> configured, std::chrono::steady_clock::time_point loaded,
                     std::chrono::milliseconds young_time)
    : sources_(std::move(configured)), limits_(std::make_unique<rate_limit[]>(sources_->all().size())),
      young_until_(loaded + young_time) {}

bool directory::allow(const source& s, std::chrono::steady_clock::time_point now) const {
  return s.requests_per_s_max == 0 || limits_[index_of(s)].allow(s.requests_per_s_max, now);
}

bool directory::is_young(std::chrono::steady_clock::time_point now) const { return now < young_until_; }

} // namespace millrace::gateway
