// One connection: a coroutine that reads a request, asks the handler, writes its answer, and begins again. Internal to
// libs/http. Owned by its server; on the loop's thread.
#pragma once

#include "http/asio.hpp"
#include "http/request_parser.hpp"
#include "http/server.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace millrace::http {

using steady = std::chrono::steady_clock;

// What all connections of one server share.
struct connection_shared {
  const server_settings& settings;
  handler& answers;
  asio::io_context& context;
  server::counts counts;
  steady::time_point now = steady::now(); // coarse: of the last sweep
  std::string date;                       // "Date: …\r\n", of the last sweep
  bool draining = false;
};

// Bytes read and not yet used, contiguous; grows by doubling, and gives large memory back. What it has beyond its first
// 4 KiB is counted.
class read_buffer {
public:
  // Gives its memory back when it is empty and larger than 16 KiB, or when all buffers together are over `much`.
  read_buffer(server::counts& counts, std::size_t much) : counts_(counts), much_(much) {}
  ~read_buffer() { counts_.buffer_bytes -= counted_; } // all of it, what count_also() named too
  read_buffer(const read_buffer&) = delete;
  read_buffer& operator=(const read_buffer&) = delete;

  const char* data() const { return memory_.get() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  // Room for at least `least` more bytes behind what is there. May move what is there.
  std::pair<char*, std::size_t> prepare(std::size_t least);
  void commit(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes);
  // Cuts `bytes` out at `at` (counted from data()).
  void erase(std::size_t at, std::size_t bytes);
  // Memory of the request that lies elsewhere (decoded chunks) and is to be counted with this one.
  void count_also(std::size_t bytes);

private:
  void count(std::size_t bytes);

  server::counts& counts_;
  std::size_t much_;
  std::size_t counted_ = 0, also_ = 0;
  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0, begin_ = 0, end_ = 0;
};

class connection {
public:
  virtual ~connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // Runs until the connection ends; then `ended` is called, from the loop.
  void start(std::function<void()> ended);
  // At each sweep: a wait that is over its deadline ends; while draining, so does an idle one.
  void sweep();

  static std::unique_ptr<connection> plain(tcp_socket socket, std::string peer, connection_shared& shared);
  // `context` lives as long as the connection (certificates may change meanwhile).
  static std::unique_ptr<connection> tls(tcp_socket socket, std::string peer, connection_shared& shared,
                                         std::shared_ptr<asio::ssl::context> context);

protected:
  connection(std::string peer, bool secure, connection_shared& shared);

  // The transport. One operation at a time; each ends in done(), also when cancel() broke it off.
  virtual void start_handshake() = 0; // nothing to do for a plain one
  virtual void start_read(char* to, std::size_t most) = 0;
  virtual void start_write(std::string_view bytes) = 0; // all of it
  virtual void end_writing() = 0;                        // tells the other end that no more will come
  // Writes what goes without waiting; 0 when nothing does.
  virtual std::size_t write_now(std::string_view bytes) = 0;
  virtual void cancel() = 0;
  virtual void close() = 0;
  void start_pause(); // done() after what else is ready on the loop
  void done(error_code error, std::size_t bytes) {
    result_ = {error, bytes};
    waiting_.resume();
  }

private:
  enum class phase : std::uint8_t { idle, header, body, handling, writing, lingering };
  enum class step : std::uint8_t { go_on, refuse, gone };

  // Awaits one operation of the transport: co_await io([&] { start_read(…); }) → outcome.
  template <class Start>
  auto io(Start start) {
    struct wait {
      connection& self;
      Start start;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> h) {
        self.waiting_ = h;
        start();
      }
      outcome await_resume() const noexcept { return self.result_; }
    };
    return wait{*this, start};
  }

  task<void> live();
  task<bool> one_request(); // false: the connection ends
  task<step> read_head();
  task<step> read_body(std::optional<std::size_t> most);
  task<step> read_counted_body(std::size_t size);
  task<step> read_chunked_body(std::size_t most);
  task<step> read_more(std::size_t least);
  task<bool> answer(bool keep);
  task<bool> write_piece(std::string_view bytes); // false when the other end is gone, or too slow
  task<void> write_stream();
  task<void> linger();
  task<step> handle();

  void enter(phase p, std::chrono::milliseconds most);
  step refuse(http_fault why);
  void give_back_memory();
  bool over_memory() const { return shared_.counts.buffer_bytes > shared_.settings.buffer_bytes_max; }
  void view_request();
  void render(bool keep);

  connection_shared& shared_;
  std::string peer_;
  bool secure_;
  read_buffer buffer_;
  request_parser::storage storage_;
  std::optional<request_parser> parser_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  request request_;
  reply reply_;
  std::string out_;
  std::size_t head_size_ = 0; // bytes of the header, parsed so far
  std::size_t request_size_ = 0; // bytes of the whole request in the buffer
  http_fault fault_{};
  phase phase_ = phase::header;
  bool expired_ = false;
  steady::time_point deadline_{};
  std::coroutine_handle<> waiting_;
  outcome result_;
  std::function<void()> ended_;
  std::optional<task<void>> life_;
};

} // namespace millrace::http
