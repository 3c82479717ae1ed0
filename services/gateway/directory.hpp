// The configured sources as they are served: an immutable value that is made at start and at each reload, and handed to
// every worker; requests in flight keep the one they began with. Only the rate limits in it move, and they are shared by
// all workers.
#pragma once

#include "provider/sources.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace millrace::gateway {

// At most n requests a second, with a second's worth at once (a virtual clock that each request moves by 1/n s).
class rate_limit {
public:
  bool allow(std::uint32_t per_second, std::chrono::steady_clock::time_point now);

private:
  std::atomic<std::int64_t> next_ns_ = 0;
};

class directory {
public:
  // A source that is not here may only not be here yet until `young_time` after it was loaded.
  directory(std::shared_ptr<const sources> configured, std::chrono::steady_clock::time_point loaded,
            std::chrono::milliseconds young_time = std::chrono::minutes(10));

  const source* find(std::string_view provider, std::string_view name) const { return sources_->find(provider, name); }
  std::shared_ptr<const sources> configured() const { return sources_; }
  const std::vector<source>& all() const { return sources_->all(); }
  std::size_t index_of(const source& s) const { return static_cast<std::size_t>(&s - all().data()); }
  // Counts a verified request; false when the source is over its limit.
  bool allow(const source& s, std::chrono::steady_clock::time_point now) const;
  bool is_young(std::chrono::steady_clock::time_point now) const;

private:
  std::shared_ptr<const sources> sources_;
  std::unique_ptr<rate_limit[]> limits_;
  std::chrono::steady_clock::time_point young_until_;
};

} // namespace millrace::gateway
