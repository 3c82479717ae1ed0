// One thread's event loop (Asio): timers, descriptors, signals, and the servers that listen on it. Owned by main or by a
// worker; all its callbacks run on the thread that is in run().
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>

namespace millrace::http {

class loop {
public:
  loop();
  ~loop(); // what still waits is dropped, not called
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  // Makes the calling thread the loop's until stop().
  void run();
  // From any thread, also before run(), for good: run() returns soon.
  void stop();
  // From any thread: `work` runs on the loop's thread.
  void post(std::function<void()> work);
  // On the loop's thread, or before run().
  void every(std::chrono::milliseconds period, std::function<void()> work);
  // Calls `work` whenever the descriptor (not owned) is readable; `work` must read what is there.
  void on_readable(int descriptor, std::function<void()> work);
  void on_signal(std::initializer_list<int> signals, std::function<void(int)> work);

  struct state;
  state& asio() { return *state_; } // for libs/http only

private:
  std::unique_ptr<state> state_;
};

} // namespace millrace::http
