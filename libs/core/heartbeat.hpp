// A loop's sign of life: its thread beats each time it comes round, any other may ask how long ago that was.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace millrace {

class heartbeat {
public:
  void beat() { last_ = now(); }
  // Since the last beat; since it was made, if there was none yet.
  std::chrono::milliseconds age() const { return std::chrono::milliseconds(now() - last_); }

private:
  static std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  std::atomic<std::int64_t> last_ = now();
};

} // namespace millrace
