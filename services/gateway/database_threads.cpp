#include "database_threads.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"

namespace millrace::gateway {

namespace {

constexpr std::size_t waiting_max = 1'000; // over it Postgres is slower than the workers: they come again

} // namespace

database_threads::database_threads(std::string conninfo, int threads, metrics::registry& registry)
    : conninfo_(std::move(conninfo)), count_(threads),
      seconds_(registry.histogram("millrace_admission_seconds", "One look at the tables of admission, with its commit.", metrics::latency_buckets())),
      failures_(registry.counter("millrace_admission_failures_total", "Looks at the tables of admission that failed, or had no room.")) {}

database_threads::~database_threads() { stop(); }

void database_threads::start() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || !threads_.empty())
    return;
  for (int i = 0; i < count_; ++i)
    threads_.emplace_back([this] { run(); });
}

void database_threads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  something_.notify_all();
  for (auto& t : threads_)
    if (t.joinable())
      t.join();
}

bool database_threads::submit(std::function<void(postgres::connection&)> work, std::function<void(bool)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || threads_.empty() || queue_.size() >= waiting_max) {
      failures_.add();
      return false;
    }
    queue_.push_back({std::move(work), std::move(done)});
  }
  something_.notify_one();
  return true;
}

void database_threads::run() {
  std::unique_ptr<postgres::connection> c;
  for (;;) {
    piece p;
    {
      std::unique_lock lock(mutex_);
      something_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_)
        return;
      p = std::move(queue_.front());
      queue_.pop_front();
    }
    const auto begun = std::chrono::steady_clock::now();
    const bool done = do_work(c, p);
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    p.done(done);
  }
}

// A connection that has met a failure is not used again.
bool database_threads::do_work(std::unique_ptr<postgres::connection>& c, const piece& p) {
  try {
    if (!c) {
      c = std::make_unique<postgres::connection>(conninfo_, "gateway/admission");
      c->script("set statement_timeout = '2s'; set lock_timeout = '2s'; set idle_in_transaction_session_timeout = '10s'");
    }
    p.work(*c);
    if (!well_.exchange(true))
      log::info("the tables of admission are there again");
    return true;
  } catch (const outage& e) {
    if (well_.exchange(false))
      log::error("cannot use the tables of admission: lead workers are told to come again", {{"why", e.what()}, {"do", e.hint()}});
  } catch (const std::exception& e) {
    well_ = false;
    log::error("a fault of ours in admission", {{"error", e.what()}, {"do", "report this as a bug"}});
  }
  c.reset();
  failures_.add();
  return false;
}

void asking::end_overdue() {
  const auto now = steady::now();
  for (auto at = places_.begin(); at != places_.end();) {
    const auto one = at->lock();
    at = one && !one->is_settled ? std::next(at) : places_.erase(at);
    if (one && one->waiting && now >= one->deadline)
      std::exchange(one->waiting, {}).resume();
  }
}

} // namespace millrace::gateway
