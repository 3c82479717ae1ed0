// Whoever is told of alerts, for tests: a small HTTP server on 127.0.0.1 that keeps what it is sent and answers as it is told to.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::proof {

class receiver {
public:
  receiver();
  ~receiver();
  receiver(const receiver&) = delete;

  std::string url() const;
  // The status of its answers from now on; 0: it takes the post and closes without a word.
  void answer(int status) { status_ = status; }
  // Posts that were read whole: "<target> <body>".
  std::vector<std::string> posts() const;

private:
  void serve();
  void serve_one(int connection);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> status_ = 200;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> posts_;
  std::thread thread_;
};

} // namespace millrace::proof
