// What a service does beside recording and deriving: a loop on a thread of its own, run by consumer_process. Owned by main.
#pragma once

#include "pipeline/record_loop.hpp"

#include <atomic>
#include <string>

namespace millrace::pipeline {

class further_loop {
public:
  virtual ~further_loop() = default;
  // What /readyz calls it.
  virtual std::string name() const = 0;
  // Returns when `stop` is set. Outages pause and back off; nothing is thrown for them.
  virtual void run(const std::atomic<bool>& stop) = 0;
  const loop_health& health() const { return health_; }

protected:
  loop_health health_;
};

} // namespace millrace::pipeline
