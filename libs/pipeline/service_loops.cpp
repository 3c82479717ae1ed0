#include "pipeline/service_loops.hpp"

namespace millrace::pipeline {

void service_loops::start(const std::atomic<bool>& stop, std::span<further_loop* const> further) {
  const auto run = [&](auto& loop) { threads_.emplace_back([&loop, &stop] { loop.run(stop); }); };
  run(recording_);
  run(deriving_);
  run(dead_letters_);
  run(replaying_);
  for (auto* loop : further)
    run(*loop);
}

void service_loops::join() {
  for (auto& t : threads_)
    t.join();
  threads_.clear();
}

} // namespace millrace::pipeline
