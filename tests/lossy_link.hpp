// A way to Postgres on which commits and the answers to them get lost, as when a host or a network fails at that moment
// (the client cannot tell one from the other), and transactions are kept from beginning. A thread of its own forwards
// everything else untouched.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace::proof {

class lossy_link {
public:
  enum class loss { none, commit, answer };
  // To the Postgres of PG* on 127.0.0.1. `at_commit` is asked at each COMMIT what becomes of it; it is called by the link's thread.
  explicit lossy_link(std::function<loss()> at_commit);
  ~lossy_link();
  lossy_link(const lossy_link&) = delete;

  // libpq's conninfo for going by this way.
  std::string conninfo() const;
  // Commits that never reached Postgres, and those that Postgres said it did, without being heard.
  int lost_commits() const { return lost_commits_; }
  int lost_answers() const { return lost_answers_; }

  // From now on no transaction begins in sessions of applications whose name contains this: who asked, waits. Until release().
  void hold(std::string application);
  void release();
  int held() const { return held_; }

private:
  struct pair {
    int client, server;
    bool answer_is_lost = false;
    std::string started, waits; // the first message, which names the application; the one that is held
  };
  void run();
  void wake();
  void forward_held();
  bool is_to_wait(const pair& p, std::string_view said);
  void accept_one();
  bool forward_question(pair& p);
  bool forward_answer(pair& p);

  std::function<loss()> at_commit_;
  std::atomic<int> lost_commits_ = 0, lost_answers_ = 0, held_ = 0;
  std::mutex guard_;
  std::string holding_;
  std::atomic<bool> stop_ = false;
  int listener_ = -1, wake_ = -1;
  std::vector<pair> pairs_;
  std::thread thread_;
};

} // namespace millrace::proof
