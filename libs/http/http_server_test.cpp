// The server over real sockets, with a plain handler: what is torn, huge, slow, pipelined or malformed.
#include "http/admin_server.hpp"
#include "http/server.hpp"

#include "core/format.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

// Waits on the loop's thread until somebody goes on with it.
struct gate {
  std::coroutine_handle<> waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept { waiting = h; }
  void await_resume() const noexcept {}
  void open() { std::exchange(waiting, {}).resume(); }
};

// Says its pieces and is over; between two of them the gate is shut.
class recital final : public body_stream {
public:
  recital(gate& door, std::atomic<int>& waiting) : door_(door), waiting_(waiting) {}
  task<std::optional<std::string>> next() override {
    std::optional<std::string> piece;
    if (said_ == 1) {
      ++waiting_;
      co_await turn{door_};
    }
    if (said_ < 2)
      piece = said_ == 0 ? "first," : "second";
    ++said_;
    co_return piece;
  }

private:
  struct turn {
    gate& at;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) noexcept { at.waiting = h; }
    void await_resume() const noexcept {}
  };
  gate& door_;
  std::atomic<int>& waiting_;
  int said_ = 0;
};

// Answers with what it was asked. /stream is answered piece by piece, /refused is answered before its body, /wait when the gate opens, /throw not at all.
class echo final : public handler {
public:
  std::optional<std::size_t> begin(const request& head, reply& out) override {
    ++begun;
    if (head.target != "/refused")
      return body_max;
    out.status = 418;
    out.body = "refused";
    return std::nullopt;
  }
  task<void> take(const request& r, reply& out) override {
    if (r.target == "/wait") {
      ++waiting;
      co_await door;
    }
    if (r.target == "/stream") {
      out.stream = std::make_unique<recital>(door, waiting);
      co_return;
    }
    if (r.target == "/throw")
      throw std::runtime_error("thrown by the test");
    out.content_type = "text/plain";
    out.header("X-Seen", r.header("x-SEEN"));
    out.body = format("{} {} {} {}", r.method, r.target, r.headers.size(), r.body);
    co_return;
  }
  void refuse(http_fault why, const request&, reply& out) override {
    switch (why) {
    case http_fault::malformed: out.status = 400; break;
    case http_fault::header_too_large: out.status = 431; break;
    case http_fault::body_too_large: out.status = 413; break;
    case http_fault::unsupported_encoding: out.status = 501; break;
    case http_fault::unsupported_version: out.status = 505; break;
    case http_fault::unsupported_expectation: out.status = 417; break;
    case http_fault::overloaded: out.status = 503; break;
    case http_fault::timed_out: out.status = 408; break;
    case http_fault::broken_handler: out.status = 500; break;
    }
  }

  std::size_t body_max = 1000;
  std::atomic<int> begun = 0, waiting = 0;
  gate door;
};

// One client connection, raw.
class raw_client {
public:
  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~raw_client() { ::close(socket_); }

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void end_writing() { ::shutdown(socket_, SHUT_WR); }

  // The next answer, by its Content-Length; what there is when the other end closes or 5 s are over.
  std::string answer(bool has_body = true) {
    for (;;) {
      std::size_t head = read_.find("\r\n\r\n");
      if (head != std::string::npos) {
        std::size_t at = read_.find("Content-Length: "), size = 0;
        if (has_body && at < head)
          size = std::stoul(read_.substr(at + 16));
        if (read_.size() >= head + 4 + size) {
          std::string one = read_.substr(0, head + 4 + size);
          read_.erase(0, head + 4 + size);
          return one;
        }
      }
      if (!read_some(5000))
        return std::exchange(read_, {});
    }
  }
  // What was sent and is in no answer yet.
  bool rest_is(const std::string& wanted) {
    while (read_.size() < wanted.size() && read_some(5000)) {
    }
    return read_ == wanted || (ADD_FAILURE() << "instead: " << read_, false);
  }
  bool closed_within(std::chrono::milliseconds most) {
    auto until = std::chrono::steady_clock::now() + most;
    while (!closed_ && std::chrono::steady_clock::now() < until)
      read_some(50);
    return closed_;
  }
  bool silent_for(std::chrono::milliseconds time) { return !read_some(static_cast<int>(time.count())) && !closed_; }

private:
  bool read_some(int wait_ms) {
    pollfd p{socket_, POLLIN, 0};
    char bytes[65536];
    if (closed_ || ::poll(&p, 1, wait_ms) <= 0)
      return false;
    ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    closed_ = n <= 0;
    read_.append(bytes, n > 0 ? static_cast<std::size_t>(n) : 0);
    return n > 0;
  }
  int socket_;
  std::string read_;
  bool closed_ = false;
};

class http_server : public testing::Test {
protected:
  ~http_server() override {
    loop_.stop();
    if (thread_.joinable())
      thread_.join();
  }
  std::uint16_t start() {
    server_.emplace(loop_, settings_, echo_);
    std::uint16_t port = server_->port();
    thread_ = std::thread([this] { loop_.run(); });
    return port;
  }
  // Runs on the loop's thread and waits for it.
  template <class F>
  auto on_loop(F f) {
    std::packaged_task<decltype(f())()> work(f);
    auto result = work.get_future();
    loop_.post([&work] { work(); });
    return result.get();
  }
  template <class F>
  bool soon(F holds) {
    for (auto until = std::chrono::steady_clock::now() + 5s; std::chrono::steady_clock::now() < until;)
      if (on_loop(holds))
        return true;
    return false;
  }
  static bool is(const std::string& answer, int status) {
    return answer.starts_with(format("HTTP/1.1 {} ", status)) || (ADD_FAILURE() << answer, false);
  }

  server_settings settings_;
  echo echo_;
  loop loop_;
  std::optional<server> server_;
  std::thread thread_;
};

const std::string post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";

TEST_F(http_server, answers_a_post_with_date_and_length_and_keeps_the_connection) {
  raw_client c(start());
  for (int i = 0; i < 3; ++i) {
    c.say(post);
    std::string a = c.answer();
    EXPECT_TRUE(is(a, 200));
    EXPECT_NE(a.find("\r\nDate: "), std::string::npos) << a;
    EXPECT_NE(a.find("\r\nContent-Type: text/plain\r\n"), std::string::npos) << a;
    EXPECT_TRUE(a.ends_with("\r\n\r\nPOST /a 2 hello")) << a;
  }
}

TEST_F(http_server, torn_into_single_bytes_the_request_is_the_same) {
  raw_client c(start());
  for (char byte : "POST /torn HTTP/1.1\r\nHost: h\r\nX-Seen:  a b \r\nContent-Length: 5\r\n\r\nhello" + post)
    c.say({&byte, 1});
  std::string a = c.answer();
  EXPECT_TRUE(a.ends_with("POST /torn 3 hello")) << a;
  EXPECT_NE(a.find("X-Seen: a b\r\n"), std::string::npos) << a;
  EXPECT_TRUE(c.answer().ends_with("POST /a 2 hello"));
}

TEST_F(http_server, of_an_absolute_url_path_and_query_are_the_target) {
  raw_client c(start());
  for (auto [asked, seen] : {std::pair{"http://h/a?b=1", "/a?b=1"}, {"HTTPS://h:443/a/http://h/b", "/a/http://h/b"},
                             {"http://h?b", "?b"}, {"http://h", ""}, {"/http://h/a", "/http://h/a"}}) {
    c.say(format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", asked));
    std::string a = c.answer();
    EXPECT_TRUE(a.ends_with(format("\r\n\r\nPOST {} 2 hi", seen))) << a;
  }
}

TEST_F(http_server, pipelined_requests_are_answered_in_order) {
  raw_client c(start());
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += format("POST /{} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n{}", i, i % 10);
  std::thread writer([&] { c.say(all); });
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(c.answer().ends_with(format("POST /{} 2 {}", i, i % 10))) << i;
  writer.join();
}

TEST_F(http_server, a_later_request_waits_for_the_answer_before_it) {
  raw_client c(start());
  c.say("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + post);
  ASSERT_TRUE(soon([this] { return echo_.waiting == 1; }));
  EXPECT_TRUE(c.silent_for(150ms));
  on_loop([this] { echo_.door.open(); });
  EXPECT_TRUE(c.answer().ends_with("POST /wait 2 "));
  EXPECT_TRUE(c.answer().ends_with("POST /a 2 hello"));
}

TEST_F(http_server, a_stream_is_written_piece_by_piece_and_ends_with_its_connection) {
  raw_client c(start());
  c.say("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n" + post);
  ASSERT_TRUE(soon([this] { return echo_.waiting == 1; }));
  std::string head = c.answer();
  EXPECT_TRUE(is(head, 200));
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos) << head;
  EXPECT_TRUE(c.rest_is("first,")) << "the first piece does not wait for the second";
  on_loop([this] { echo_.door.open(); });
  EXPECT_TRUE(c.closed_within(5s));
  EXPECT_TRUE(c.rest_is("first,second")) << "what was pipelined behind a stream is not answered";
}

TEST_F(http_server, a_stream_is_not_sent_to_who_asks_for_its_header) {
  raw_client c(start());
  c.say("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(is(c.answer(false), 200));
  EXPECT_TRUE(c.closed_within(5s));
  EXPECT_TRUE(c.rest_is(""));
}

TEST_F(http_server, reads_chunked_bodies_and_passes_their_trailers_by) {
  raw_client c(start());
  c.say("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-Seen: forged\r\n\r\n" +
        post);
  std::string a = c.answer();
  EXPECT_TRUE(a.ends_with("POST /c 2 hello")) << a;
  EXPECT_EQ(a.find("forged"), std::string::npos);
  EXPECT_TRUE(c.answer().ends_with("POST /a 2 hello"));
  for (char byte : std::string("POST /t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"))
    c.say({&byte, 1});
  EXPECT_TRUE(c.answer().ends_with("POST /t 2 hello"));
}

TEST_F(http_server, a_large_body_grows_the_buffer_and_gives_it_back) {
  echo_.body_max = 3 * 1024 * 1024;
  raw_client c(start());
  std::string body(3 * 1024 * 1024, 'x');
  c.say(format("POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.size()));
  c.say(body);
  EXPECT_TRUE(c.answer().ends_with("POST /l 2 " + body));
  c.say("POST /lc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  c.say(format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body));
  EXPECT_TRUE(c.answer().ends_with("POST /lc 2 " + body));
  c.say(post);
  EXPECT_TRUE(is(c.answer(), 200));
  EXPECT_TRUE(soon([this] { return server_->now().buffer_bytes <= 12 * 1024; }));
}

// Every way in which a chunked request can end. Whatever it was, its memory counts as long as it is held, and no longer.
TEST_F(http_server, a_chunked_request_leaves_no_bytes_counted_however_it_ends) {
  settings_.body_time = 300ms;
  echo_.body_max = 100'000;
  std::uint16_t port = start();
  const std::string chunked = "Host: h\r\nTransfer-Encoding: chunked\r\n";
  const std::string chunk = format("{:x}\r\n{}\r\n", 50'000, std::string(50'000, 'x'));
  std::string many;
  for (int i = 0; i < 2'000; ++i)
    many += "a\r\n0123456789\r\n";
  struct {
    const char* what;
    std::string bytes;
    int status;
  } const cases[] = {
      {"over its limit", "POST / HTTP/1.1\r\n" + chunked + "\r\n" + chunk + chunk + chunk, 413},
      {"slow in the middle", "POST / HTTP/1.1\r\n" + chunked + "\r\n" + chunk + "5\r\nhe", 408},
      {"malformed in the middle", "POST / HTTP/1.1\r\n" + chunked + "\r\n" + chunk + "zz\r\n", 400},
      {"a fault of the handler", "POST /throw HTTP/1.1\r\n" + chunked + "\r\n" + chunk + "0\r\n\r\n", 500},
      {"good, and closed", "POST / HTTP/1.1\r\nConnection: close\r\n" + chunked + "\r\n" + chunk + "0\r\n\r\n", 200},
      {"good, and kept", "POST / HTTP/1.1\r\n" + chunked + "\r\n" + chunk + "0\r\n\r\n", 200},
      {"many chunks", "POST / HTTP/1.1\r\nConnection: close\r\n" + chunked + "\r\n" + many + "0\r\n\r\n", 200},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    {
      raw_client c(port);
      c.say(one.bytes);
      EXPECT_TRUE(is(c.answer(), one.status));
    }
    EXPECT_TRUE(soon([this] { return server_->now().connections == 0; }));
    EXPECT_EQ(on_loop([this] { return server_->now().buffer_bytes; }), 0u);
  }
  {
    raw_client gone(port);
    gone.say(cases[1].bytes);
    EXPECT_TRUE(soon([this] { return server_->now().buffer_bytes >= 50'000; }));
  }
  EXPECT_TRUE(soon([this] { return server_->now().connections == 0; }));
  EXPECT_EQ(on_loop([this] { return server_->now().buffer_bytes; }), 0u);
}

TEST_F(http_server, an_answered_request_holds_no_memory_while_its_connection_lingers) {
  echo_.body_max = 200'000;
  raw_client c(start());
  c.say("POST /throw HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  c.say(format("{:x}\r\n{}\r\n0\r\n\r\n", 150'000, std::string(150'000, 'x')));
  EXPECT_TRUE(is(c.answer(), 500));
  EXPECT_TRUE(soon([this] { return server_->now().buffer_bytes <= 16 * 1024; }));
  EXPECT_EQ(on_loop([this] { return server_->now().connections; }), 1u);
}

struct hostile {
  const char* what;
  std::string bytes;
  int status;
};

TEST_F(http_server, refuses_what_is_not_clearly_one_request) {
  std::uint16_t port = start();
  const std::vector<hostile> cases = {
      {"not http", "\x16\x03\x01\x02hello\r\n\r\n", 400},
      {"no host", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400},
      {"two hosts", "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n", 400},
      {"length and chunks", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunks and length", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"negative length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nhello", 400},
      {"endless length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"gzip encoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"chunked not last", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 501},
      {"unknown encoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"chunks in http/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"http/2.0", "POST / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"folded header", "POST / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n", 400},
      {"space before colon", "POST / HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n", 400},
      {"bare line feeds", "POST / HTTP/1.1\nHost: h\n\n", 400},
      {"bare line feeds in http/2.0", "POST / HTTP/2.0\nHost: h\n\n", 400},
      {"bare line feed, then a version", "POST / HTTP/1.1\nX: HTTP/2.0\r\n\r\n", 400},
      {"bare line feed after the request line", "POST / HTTP/1.1\r\nHost: h\n\n", 400},
      {"bare carriage return", "POST / HTTP/1.1\rHost: h\r\n\r\n", 400},
      {"no version at all", "POST / HTTQ/1.1\r\nHost: h\r\n\r\n", 400},
      {"half a version", "POST / HTTP/1\r\nHost: h\r\n\r\n", 400},
      {"http/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"control character", std::string("POST / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 36), 400},
      {"bad chunk size", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"huge chunk size", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"chunk without end", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", 400},
      {"body too large", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", 413},
      {"chunks too large", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", 413},
      {"other expectation", "POST / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417},
      {"one long header", "POST / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x'), 431},
      {"long request line", "POST /" + std::string(20'000, 'x'), 431},
      {"endless trailers", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(40'000, 'x'), 400},
      {"fault of the handler", "POST /throw HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 500},
  };
  for (const hostile& h : cases) {
    SCOPED_TRACE(h.what);
    raw_client c(port);
    c.say(h.bytes);
    std::string a = c.answer();
    EXPECT_TRUE(is(a, h.status));
    EXPECT_NE(a.find("Connection: close\r\n"), std::string::npos) << a;
    c.end_writing();
    EXPECT_TRUE(c.closed_within(5s));
  }
}

TEST_F(http_server, many_small_headers_are_too_large_together) {
  raw_client c(start());
  c.say("POST / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 2'000; ++i)
    c.say(format("X-{}: {}\r\n", i, i));
  EXPECT_TRUE(is(c.answer(), 431));
}

TEST_F(http_server, the_answer_to_a_huge_refused_body_arrives_while_it_is_still_sent) {
  raw_client c(start());
  c.say("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
  c.say(std::string(4'000'000, 'x'));
  EXPECT_TRUE(is(c.answer(), 413));
}

TEST_F(http_server, expect_continue_is_answered_after_the_header_was_looked_at) {
  raw_client c(start());
  c.say("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(c.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  c.say("hello");
  EXPECT_TRUE(c.answer().ends_with("POST /e 3 hello"));

  c.say("POST /refused HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  std::string a = c.answer();
  EXPECT_TRUE(is(a, 418));
  EXPECT_NE(a.find("Connection: close"), std::string::npos);
}

TEST_F(http_server, expect_continue_with_the_body_at_hand_gets_no_interim_answer) {
  raw_client c(start());
  c.say("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(c.answer().ends_with("POST /e 3 hello"));
}

TEST_F(http_server, a_small_refused_body_is_read_away_and_the_connection_lives_on) {
  raw_client c(start());
  c.say("POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + post);
  EXPECT_TRUE(is(c.answer(), 418));
  EXPECT_TRUE(c.answer().ends_with("POST /a 2 hello"));
}

TEST_F(http_server, head_is_answered_without_body_and_empty_lines_between_requests_do_no_harm) {
  raw_client c(start());
  c.say("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n\r\n\r\n" + post);
  std::string a = c.answer(false);
  EXPECT_NE(a.find("Content-Length: 10\r\n"), std::string::npos) << a;
  EXPECT_TRUE(c.answer().ends_with("POST /a 2 hello"));
}

TEST_F(http_server, http_1_0_closes_unless_it_asks_to_be_kept) {
  std::uint16_t port = start();
  raw_client once(port), kept(port);
  once.say("POST /a HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(once.answer().find("Connection: close"), std::string::npos);
  kept.say("POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(kept.answer().find("Connection: keep-alive"), std::string::npos);
  kept.say(post);
  EXPECT_TRUE(is(kept.answer(), 200));
}

TEST_F(http_server, a_client_that_ended_writing_still_gets_its_answer) {
  raw_client c(start());
  c.say(post);
  c.end_writing();
  EXPECT_TRUE(is(c.answer(), 200));
  EXPECT_TRUE(c.closed_within(5s));
}

TEST_F(http_server, slow_headers_and_bodies_are_ended_and_slow_silence_is_closed) {
  settings_.header_time = 300ms;
  settings_.body_time = 300ms;
  settings_.idle_time = 300ms;
  std::uint16_t port = start();
  raw_client header(port), body(port), silent(port), idle(port);
  header.say("POST / HTTP/1.1\r\nHo");
  body.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
  idle.say(post);
  EXPECT_TRUE(is(idle.answer(), 200));
  EXPECT_TRUE(is(header.answer(), 408));
  EXPECT_TRUE(is(body.answer(), 408));
  EXPECT_TRUE(silent.closed_within(5s));
  EXPECT_TRUE(idle.closed_within(5s));
  EXPECT_TRUE(soon([this] { return server_->now().timed_out == 3; }));
}

TEST_F(http_server, trickling_bytes_does_not_move_the_header_deadline) {
  settings_.header_time = 300ms;
  raw_client c(start());
  auto begun = std::chrono::steady_clock::now();
  c.say("POST / HTTP/1.1\r\nHost: h\r\nX: ");
  while (c.silent_for(20ms) && std::chrono::steady_clock::now() - begun < 5s)
    c.say("x");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_TRUE(is(c.answer(), 408));
}

TEST_F(http_server, a_client_that_does_not_read_is_closed) {
  settings_.write_time = 300ms;
  echo_.body_max = 3 * 1024 * 1024;
  raw_client c(start());
  std::string body(3 * 1024 * 1024, 'x');
  std::thread writer([&] {
    for (int i = 0; i < 8; ++i) {
      c.say(format("POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.size()));
      c.say(body);
    }
  });
  EXPECT_TRUE(soon([this] { return server_->now().timed_out == 1; }));
  EXPECT_TRUE(soon([this] { return server_->now().connections == 0; }));
  writer.join();
}

TEST_F(http_server, connections_and_buffers_have_limits) {
  settings_.connections_max = 2;
  settings_.buffer_bytes_max = 100'000;
  echo_.body_max = 1'000'000;
  std::uint16_t port = start();
  raw_client a(port), b(port);
  a.say(post);
  b.say(post);
  EXPECT_TRUE(is(a.answer(), 200));
  EXPECT_TRUE(is(b.answer(), 200));
  raw_client c(port);
  EXPECT_TRUE(c.closed_within(5s));
  EXPECT_TRUE(soon([this] { return server_->now().turned_away == 1; }));

  a.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + std::string(400'000, 'x'));
  EXPECT_TRUE(is(a.answer(), 503));
  b.say(post);
  EXPECT_TRUE(is(b.answer(), 200));
}

TEST_F(http_server, draining_closes_idle_connections_and_finishes_what_is_begun) {
  std::uint16_t port = start();
  raw_client idle(port), waiting(port);
  idle.say(post);
  EXPECT_TRUE(is(idle.answer(), 200));
  waiting.say("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(soon([this] { return echo_.waiting == 1; }));
  on_loop([this] { server_->stop_accepting(); });
  EXPECT_TRUE(idle.closed_within(5s));
  on_loop([this] { echo_.door.open(); });
  std::string a = waiting.answer();
  EXPECT_TRUE(is(a, 200));
  EXPECT_NE(a.find("Connection: close"), std::string::npos);
  waiting.end_writing();
  EXPECT_TRUE(soon([this] { return server_->now().connections == 0; }));
}

TEST_F(http_server, a_taken_port_is_an_outage_that_names_it) {
  settings_.port = start();
  echo other;
  loop on;
  try {
    server second(on, settings_, other);
    FAIL() << "listened twice";
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find(format("127.0.0.1:{}", settings_.port)), std::string::npos) << e.what();
  }
}

TEST(admin_server, a_check_is_one_line_whatever_its_state_says) {
  metrics::registry metrics("test");
  admin_server admin("127.0.0.1", 0, metrics, [] {
    return std::vector<check>{{"postgres", false, "connection refused\n\tIs the server running?\r\n", "start it,\nor look"}};
  });
  raw_client c(admin.port());
  c.say("GET /readyz?verbose HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string a = c.answer();
  EXPECT_TRUE(a.ends_with("\r\n\r\n[-] postgres: connection refused Is the server running?; start it, or look\nnot ready\n")) << a;
}

TEST_F(http_server, a_header_value_cannot_split_the_answer) {
  reply r;
  r.header("X", "a\r\nSet-Cookie: b");
  EXPECT_EQ(r.headers(), "X: a\r\n");
}

} // namespace
} // namespace millrace::http
