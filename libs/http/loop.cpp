#include "http/loop.hpp"

#include "http/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

namespace millrace::http {

namespace {

// Each of these keeps itself alive by the handler that waits in the context, and ends with the context.

struct repeated : std::enable_shared_from_this<repeated> {
  using clock = std::chrono::steady_clock;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor> timer;
  std::chrono::milliseconds period;
  std::function<void()> work;

  repeated(asio::io_context& context, std::chrono::milliseconds p, std::function<void()> w)
      : timer(context.get_executor()), period(p), work(std::move(w)) {}
  void wait() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (error)
        return;
      self->work();
      self->wait();
    });
  }
};

struct watched : std::enable_shared_from_this<watched> {
  asio::posix::basic_stream_descriptor<executor> descriptor;
  std::function<void()> work;

  watched(asio::io_context& context, int d, std::function<void()> w)
      : descriptor(context.get_executor(), d), work(std::move(w)) {}
  ~watched() { descriptor.release(); } // its owner closes it
  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](error_code error) {
      if (error)
        return;
      self->work();
      self->wait();
    });
  }
};

struct signalled : std::enable_shared_from_this<signalled> {
  asio::basic_signal_set<executor> set;
  std::function<void(int)> work;

  signalled(asio::io_context& context, std::function<void(int)> w) : set(context.get_executor()), work(std::move(w)) {}
  void wait() {
    set.async_wait([self = shared_from_this()](error_code error, int signal) {
      if (error)
        return;
      self->work(signal);
      self->wait();
    });
  }
};

} // namespace

loop::loop() : state_(std::make_unique<state>()) {}
loop::~loop() = default;

void loop::run() {
  auto keep_running = asio::make_work_guard(state_->context);
  state_->context.run();
}

void loop::stop() { state_->context.stop(); }

void loop::post(std::function<void()> work) { asio::post(state_->context, std::move(work)); }

void loop::every(std::chrono::milliseconds period, std::function<void()> work) {
  std::make_shared<repeated>(state_->context, period, std::move(work))->wait();
}

void loop::on_readable(int descriptor, std::function<void()> work) {
  std::make_shared<watched>(state_->context, descriptor, std::move(work))->wait();
}

void loop::on_signal(std::initializer_list<int> signals, std::function<void(int)> work) {
  auto waiting = std::make_shared<signalled>(state_->context, std::move(work));
  for (int signal : signals)
    waiting->set.add(signal);
  waiting->wait();
}

} // namespace millrace::http
