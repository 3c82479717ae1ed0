// Postgres for calls that need it, on threads of its own: a loop that serves webhooks never waits for a database. A bounded queue;
// what does not fit in is refused. Shared by all workers; each asks through an `asking` of its own, on its loop's thread.
#pragma once

#include "http/loop.hpp"
#include "http/task.hpp"
#include "metrics/metrics.hpp"
#include "postgres/connection.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::gateway {

class database_threads {
public:
  // No thread before start(); `conninfo` as libpq's, empty: PG*.
  database_threads(std::string conninfo, int threads, metrics::registry& registry);
  ~database_threads();

  void start(); // any thread; again does nothing
  void stop();  // what waits is dropped: before any loop that it would answer to goes
  // False when too much waits. `work` runs on one of the threads, with its connection; an outage that it throws is logged, and
  // `done` is told false.
  bool submit(std::function<void(postgres::connection&)> work, std::function<void(bool)> done);
  bool is_well() const { return well_; } // the last work was done

private:
  struct piece {
    std::function<void(postgres::connection&)> work;
    std::function<void(bool)> done;
  };
  void run();
  bool do_work(std::unique_ptr<postgres::connection>& c, const piece& p);

  const std::string conninfo_;
  const int count_;
  metrics::histogram& seconds_;
  metrics::counter& failures_;
  std::mutex mutex_;
  std::condition_variable something_;
  std::deque<piece> queue_;
  bool stopping_ = false;
  std::atomic<bool> well_ = true;
  std::vector<std::thread> threads_;
};

// One worker's way there. On its loop's thread.
class asking {
public:
  asking(http::loop& on, database_threads& threads) : loop_(on), threads_(threads) {}

  // What `work` gives; nothing when Postgres is away, too much waits, or `most` is over (the work may then still be done).
  template <class T>
  http::task<std::optional<T>> ask(std::function<T(postgres::connection&)> work, std::chrono::milliseconds most);
  // Ends what waits for too long; called now and then.
  void end_overdue();

private:
  using steady = std::chrono::steady_clock;
  struct place { // of one that waits
    std::coroutine_handle<> waiting;
    steady::time_point deadline;
    bool is_settled = false;
    void settle() {
      is_settled = true;
      if (waiting)
        std::exchange(waiting, {}).resume();
    }
  };
  struct settling {
    place& at;
    ~settling() { at.waiting = {}; } // a request that is destroyed while it waits is not resumed
    bool await_ready() const noexcept { return at.is_settled; }
    void await_suspend(std::coroutine_handle<> h) noexcept { at.waiting = h; }
    void await_resume() const noexcept {}
  };

  template <class T>
  bool submit(const std::shared_ptr<place>& at, const std::shared_ptr<std::optional<T>>& given, std::function<T(postgres::connection&)> work) {
    return threads_.submit([given, work = std::move(work)](postgres::connection& c) { *given = work(c); },
                           [this, at, given](bool done) {
                             if (!done)
                               given->reset();
                             loop_.post([at] { at->settle(); });
                           });
  }

  http::loop& loop_;
  database_threads& threads_;
  std::list<std::weak_ptr<place>> places_;
};

template <class T>
http::task<std::optional<T>> asking::ask(std::function<T(postgres::connection&)> work, std::chrono::milliseconds most) {
  const auto at = std::make_shared<place>();
  at->deadline = steady::now() + most;
  const auto given = std::make_shared<std::optional<T>>(); // written by the database's thread before it tells the loop
  if (!submit(at, given, std::move(work)))
    co_return std::nullopt;
  places_.push_back(at);
  co_await settling{*at};
  if (!at->is_settled)
    co_return std::nullopt;
  co_return std::move(*given);
}

} // namespace millrace::gateway
