#include "http/connection.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace millrace::http {

namespace beast = boost::beast;
using namespace std::chrono_literals;

namespace {
constexpr auto linger_time = 2s;
constexpr std::size_t discard_bytes_max = 64 * 1024; // of a refused body that is read so that the connection lives on
constexpr std::size_t linger_bytes_max = 8 * 1024 * 1024;
constexpr int answers_without_a_pause = 32;
} // namespace

std::string_view request::header(std::string_view name) const {
  for (const auto& [its_name, value] : headers)
    if (ascii_iequals(its_name, name))
      return value;
  return {};
}

void reply::header(std::string_view name, std::string_view value) {
  headers_.append(name).append(": ").append(value.substr(0, value.find_first_of("\r\n"))).append("\r\n");
}

void reply::clear() {
  status = 200;
  content_type = {};
  body.clear();
  headers_.clear();
  stream.reset();
  close = false;
}

connection::connection(std::string peer, bool secure, connection_shared& shared)
    : shared_(shared), peer_(std::move(peer)), secure_(secure),
      buffer_(shared.counts, shared.settings.buffer_bytes_max / 2) {
  ++shared_.counts.connections;
  ++shared_.counts.accepted;
}

void connection::start(std::function<void()> ended) {
  ended_ = std::move(ended);
  life_.emplace(live());
  life_->start();
}

void connection::enter(phase p, std::chrono::milliseconds most) {
  phase_ = p;
  expired_ = false;
  deadline_ = shared_.now + most;
}

void connection::sweep() {
  if (phase_ == phase::handling || expired_)
    return;
  bool idle_in_drain = shared_.draining && phase_ == phase::idle;
  if (!idle_in_drain && shared_.now < deadline_)
    return;
  expired_ = true;
  if (phase_ != phase::idle && phase_ != phase::lingering)
    ++shared_.counts.timed_out;
  cancel();
}

// ── the life of a connection ──

task<void> connection::live() {
  try {
    enter(phase::header, shared_.settings.header_time);
    outcome shaken = co_await io([this] { start_handshake(); });
    if (!shaken.error) {
      for (int answered = 1; co_await one_request(); ++answered)
        if (answered % answers_without_a_pause == 0)
          co_await io([this] { start_pause(); }); // others of this loop want to live too
    }
  } catch (const std::exception& e) {
    log::error("a connection ended by a fault of ours", {{"error", e.what()}, {"do", "report this as a bug"}});
  }
  close();
  --shared_.counts.connections;
  ended_();
}

task<bool> connection::one_request() {
  reply_.clear();
  request_ = {};
  request_.peer = peer_;
  request_.secure = secure_;
  head_size_ = request_size_ = 0;
  bool keep = false;
  step s = co_await read_head();
  if (s == step::go_on) {
    keep = parser_->keep_alive();
    s = co_await handle();
  }
  if (s == step::gone)
    co_return false;
  if (s == step::refuse) {
    reply_.clear();
    shared_.answers.refuse(fault_, request_, reply_);
    keep = false;
  }
  co_return co_await answer(keep && !reply_.close && !reply_.stream && !shared_.draining);
}

// begin → body → take.
task<connection::step> connection::handle() {
  step s = step::go_on;
  try {
    std::optional<std::size_t> body_max = shared_.answers.begin(request_, reply_);
    s = co_await read_body(body_max);
    view_request(); // the buffer may have moved
    if (s == step::go_on && body_max) {
      phase_ = phase::handling;
      co_await shared_.answers.take(request_, reply_);
    }
  } catch (const std::exception& e) {
    log::error("a request ended by a fault of ours", {{"error", e.what()}, {"do", "report this as a bug"}});
    s = refuse(http_fault::broken_handler);
  }
  co_return s;
}

connection::step connection::refuse(http_fault why) {
  fault_ = why;
  return step::refuse;
}

// ── reading ──

task<connection::step> connection::read_more(std::size_t least) {
  auto [to, room] = buffer_.prepare(least);
  if (over_memory())
    co_return refuse(http_fault::overloaded);
  outcome got = co_await io([this, to = to, room = room] { start_read(to, room); });
  if (got.bytes > 0) {
    buffer_.commit(got.bytes);
    co_return step::go_on;
  }
  if (expired_ && phase_ != phase::idle && buffer_.size() > 0)
    co_return refuse(http_fault::timed_out);
  co_return step::gone;
}

// Reads until the header is whole; what follows it stays in the buffer.
task<connection::step> connection::read_head() {
  parser_.emplace(storage_);
  parser_->header_limit(static_cast<std::uint32_t>(shared_.settings.header_bytes_max));
  bool begun = buffer_.size() > 0; // by pipelining
  if (phase_ == phase::idle)       // a new connection is in phase header since it was accepted
    enter(begun ? phase::header : phase::idle, begun ? shared_.settings.header_time : shared_.settings.idle_time);
  for (;;) {
    // RFC 9112 §2.2: empty lines before the request line are passed by.
    while (head_size_ == 0 && buffer_.size() >= 2 && buffer_.data()[0] == '\r' && buffer_.data()[1] == '\n')
      buffer_.consume(2);
    if (buffer_.size() > head_size_) {
      error_code error;
      std::string_view all(buffer_.data(), buffer_.size());
      head_size_ += parser_->read(all.data(), all.substr(head_size_), error);
      if (error && error != beast::http::error::need_more)
        co_return refuse(request_parser::fault_of(error, {buffer_.data(), buffer_.size()}));
      if (parser_->is_header_done())
        break;
      if (buffer_.size() > shared_.settings.header_bytes_max)
        co_return refuse(http_fault::header_too_large);
    }
    step s = co_await read_more(1024);
    if (s != step::go_on)
      co_return s;
    if (phase_ == phase::idle)
      enter(phase::header, shared_.settings.header_time);
  }
  view_request();
  if (head_size_ > shared_.settings.header_bytes_max)
    co_return refuse(http_fault::header_too_large);
  if (auto fault = parser_->fault())
    co_return refuse(*fault);
  request_size_ = head_size_;
  co_return step::go_on;
}

void connection::view_request() { parser_->view(buffer_.data(), request_, headers_); }

// Without `most` the request is already answered: a small body is read and thrown away, so that the connection can
// live on; with a larger one it ends.
task<connection::step> connection::read_body(std::optional<std::size_t> most) {
  if (parser_->is_done())
    co_return step::go_on;
  auto size = parser_->content_length();
  if (!most && (parser_->expects_continue() || !size || *size > discard_bytes_max)) {
    reply_.close = true;
    co_return step::go_on;
  }
  if (most && size && *size > *most)
    co_return refuse(http_fault::body_too_large);
  enter(phase::body, shared_.settings.body_time);
  if (most && parser_->expects_continue() && buffer_.size() == head_size_) {
    outcome written = co_await io([this] { start_write("HTTP/1.1 100 Continue\r\n\r\n"); });
    if (written.error)
      co_return step::gone;
  }
  if (size)
    co_return co_await read_counted_body(*size);
  co_return co_await read_chunked_body(*most);
}

task<connection::step> connection::read_counted_body(std::size_t size) {
  request_size_ = head_size_ + size;
  while (buffer_.size() < request_size_) {
    step s = co_await read_more(std::min<std::size_t>(request_size_ - buffer_.size(), 64 * 1024));
    if (s != step::go_on)
      co_return s;
  }
  request_.body = {buffer_.data() + head_size_, size};
  co_return step::go_on;
}

// Decoded chunks go to storage_.decoded; their raw bytes leave the buffer at once, the header stays.
task<connection::step> connection::read_chunked_body(std::size_t most) {
  parser_->body_limit(most);
  while (!parser_->is_done()) {
    std::size_t unread = buffer_.size() - head_size_;
    if (unread > 0) {
      error_code error;
      std::size_t used = parser_->read(buffer_.data(), {buffer_.data() + head_size_, unread}, error);
      buffer_.erase(head_size_, used);
      buffer_.count_also(storage_.decoded.capacity());
      if (error && error != beast::http::error::need_more)
        co_return refuse(request_parser::fault_of(error, {buffer_.data(), buffer_.size()}));
      if (used > 0)
        continue;
      if (unread > shared_.settings.header_bytes_max) // a chunk's line or the trailers
        co_return refuse(http_fault::malformed);
    }
    step s = co_await read_more(4 * 1024);
    if (s != step::go_on)
      co_return s;
  }
  request_.body = storage_.decoded;
  co_return step::go_on;
}

// ── writing ──

void connection::render(bool keep) {
  auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(reply_.status));
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", reply_.status,
                 std::string_view(reason.data(), reason.size()));
  out_.append(shared_.date);
  if (!reply_.content_type.empty())
    out_.append("Content-Type: ").append(reply_.content_type).append("\r\n");
  if (reply_.status != 204 && !reply_.stream)
    fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", reply_.body.size());
  out_.append(reply_.headers());
  if (!keep)
    out_.append("Connection: close\r\n");
  else if (!parser_->http_11())
    out_.append("Connection: keep-alive\r\n");
  out_.append("\r\n");
  if (request_.method != "HEAD" && reply_.status != 204)
    out_.append(reply_.body);
}

task<bool> connection::write_piece(std::string_view bytes) {
  enter(phase::writing, shared_.settings.write_time);
  const std::size_t written = write_now(bytes);
  if (written == bytes.size())
    co_return true;
  const outcome rest = co_await io([this, bytes, written] { start_write(bytes.substr(written)); });
  co_return !rest.error;
}

// Until it is over, or the other end is gone: that shows at the next write.
task<void> connection::write_stream() {
  if (request_.method == "HEAD")
    co_return;
  try {
    for (bool goes_on = true; goes_on;) {
      phase_ = phase::handling;
      const std::optional<std::string> piece = co_await reply_.stream->next();
      goes_on = piece.has_value();
      if (goes_on)
        goes_on = co_await write_piece(*piece);
    }
  } catch (const std::exception& e) {
    log::error("a stream ended by a fault of ours", {{"error", e.what()}, {"do", "report this as a bug"}});
  }
}

// One write for the whole answer, or for its header where a stream follows. False when the connection ends.
task<bool> connection::answer(bool keep) {
  render(keep);
  enter(phase::writing, shared_.settings.write_time);
  std::size_t written = write_now(out_);
  if (written < out_.size()) {
    outcome rest = co_await io([this, written] { start_write(std::string_view(out_).substr(written)); });
    if (rest.error)
      co_return false;
  }
  if (reply_.stream)
    co_await write_stream();
  if (!keep) {
    give_back_memory(); // a client that stays for the linger must not hold it
    co_await linger();
    co_return false;
  }
  buffer_.consume(request_size_);
  give_back_memory();
  phase_ = phase::idle;
  co_return true;
}

void connection::give_back_memory() {
  for (std::string* s : {&storage_.decoded, &reply_.body, &out_})
    if (s->capacity() > 16 * 1024)
      std::string().swap(*s);
  buffer_.count_also(storage_.decoded.capacity());
}

void connection::start_pause() {
  asio::post(shared_.context, [this] { done({}, 0); });
}

// Closing while unread bytes arrive would throw the answer away at the other end: read on for a while.
task<void> connection::linger() {
  enter(phase::lingering, linger_time);
  end_writing();
  buffer_.consume(buffer_.size());
  outcome ended;
  for (std::size_t thrown_away = 0; !ended.error && !expired_ && thrown_away < linger_bytes_max;) {
    auto [to, room] = buffer_.prepare(4 * 1024);
    ended = co_await io([this, to = to, room = room] { start_read(to, room); });
    thrown_away += ended.bytes;
  }
}

// ── the two transports ──

namespace {

class plain_connection final : public connection {
public:
  plain_connection(tcp_socket socket, std::string peer, connection_shared& shared)
      : connection(std::move(peer), false, shared), socket_(std::move(socket)) {}

private:
  void start_handshake() override { start_pause(); }
  void start_read(char* to, std::size_t most) override {
    socket_.async_read_some(asio::buffer(to, most), [this](error_code e, std::size_t n) { done(e, n); });
  }
  void start_write(std::string_view bytes) override {
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                      [this](error_code e, std::size_t n) { done(e, n); });
  }
  void end_writing() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  std::size_t write_now(std::string_view bytes) override {
    error_code error;
    return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error); // the socket does not block
  }
  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  tcp_socket socket_;
};

class tls_connection final : public connection {
public:
  tls_connection(tcp_socket socket, std::string peer, connection_shared& shared,
                 std::shared_ptr<asio::ssl::context> context)
      : connection(std::move(peer), true, shared), context_(std::move(context)), stream_(std::move(socket), *context_) {}

private:
  void start_handshake() override {
    stream_.async_handshake(asio::ssl::stream_base::server, [this](error_code e) { done(e, 0); });
  }
  void start_read(char* to, std::size_t most) override {
    stream_.async_read_some(asio::buffer(to, most), [this](error_code e, std::size_t n) { done(e, n); });
  }
  void start_write(std::string_view bytes) override {
    asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()),
                      [this](error_code e, std::size_t n) { done(e, n); });
  }
  void end_writing() override {} // the answer says its length and `Connection: close`: the client ends it
  std::size_t write_now(std::string_view) override { return 0; }
  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<tcp_socket> stream_;
};

} // namespace

std::unique_ptr<connection> connection::plain(tcp_socket socket, std::string peer, connection_shared& shared) {
  return std::make_unique<plain_connection>(std::move(socket), std::move(peer), shared);
}

std::unique_ptr<connection> connection::tls(tcp_socket socket, std::string peer, connection_shared& shared,
                                            std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<tls_connection>(std::move(socket), std::move(peer), shared, std::move(context));
}

} // namespace millrace::http
