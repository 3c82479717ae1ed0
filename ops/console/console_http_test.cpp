// The page's listener over real sockets: who may ask, what may be asked, and that the page is small and its own.
#include "console/pages.hpp"

#include "console/embedded_page.hpp"
#include "core/format.hpp"
#include "http/client.hpp"
#include "http/loop.hpp"
#include "http/server.hpp"
#include "json/document.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <thread>

using namespace millrace;
using namespace millrace::console;
using namespace std::chrono_literals;

namespace {

struct listening : ::testing::Test {
  listening() : b({{"gateway", {}, {}}}, 10), answers(loop, b, 3) {
    http::server_settings s;
    server.emplace(loop, s, answers);
    port = server->port();
    answers.serve_on(port);
    thread = std::thread([this] { loop.run(); });
  }
  ~listening() override {
    loop.stop();
    thread.join();
  }
  http::response ask(const std::string& target, const std::string& method = "GET", const header_list& headers = {}) {
    http::client c(format("http://127.0.0.1:{}", port));
    auto answer = c.send(method, target, headers, {}, 5s);
    EXPECT_TRUE(answer) << target;
    return answer ? *answer : http::response{};
  }

  // Bytes as they are; what comes until `until` is among it, or the other end is silent for 5 s or closes.
  std::string raw(const std::string& said, const std::string& until = "\r\n\r\n") {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(::send(s, said.data(), said.size(), MSG_NOSIGNAL), static_cast<ssize_t>(said.size()));
    std::string heard;
    pollfd wait{s, POLLIN, 0};
    for (char piece[4096]; heard.find(until) == std::string::npos && ::poll(&wait, 1, 5000) == 1;) {
      const auto n = ::recv(s, piece, sizeof piece, 0);
      if (n <= 0)
        break;
      heard.append(piece, static_cast<std::size_t>(n));
    }
    open.push_back(s);
    return heard;
  }
  void hang_up() {
    for (const int s : open)
      ::close(s);
    open.clear();
  }
  std::string get(const std::string& target, const std::string& host) { return raw(format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, host)); }

  board b;
  http::loop loop;
  pages answers;
  std::optional<http::server> server;
  std::uint16_t port = 0;
  std::thread thread;
  std::vector<int> open;
};

} // namespace

TEST(own_host, is_a_loopback_name_with_the_port_of_the_listener) {
  for (const char* own : {"127.0.0.1:8800", "localhost:8800", "LOCALHOST:8800", "[::1]:8800"})
    EXPECT_TRUE(is_own_host(own, 8800)) << own;
  for (const char* other : {"", "127.0.0.1", "localhost", "localhost:80", "localhost:88000", "evil.example:8800", "127.0.0.1.evil.example:8800", "localhost:8800:8800", "[::1]", "[::1", "::1:8800",
                            "127.0.0.1:", "localhost:8800x", " localhost:8800", "localhost.:8800", "0.0.0.0:8800"})
    EXPECT_FALSE(is_own_host(other, 8800)) << other;
  EXPECT_TRUE(is_own_host("localhost", 80)) << "http's own port may be left out";
}

TEST(event_ids, are_of_this_process_or_of_none) {
  EXPECT_EQ(revision_of("ab-17", "ab"), 17u);
  for (const char* other : {"", "ab", "ab-", "ab-x", "cd-17", "-17", "ab-17x", "ab--1"})
    EXPECT_EQ(revision_of(other, "ab"), 0u) << other;
}

TEST_F(listening, the_page_comes_with_its_policy_and_no_cookie) {
  for (const auto& [target, type] : {std::pair("/", "text/html"), {"/page.css", "text/css"}, {"/page.js", "text/javascript"}, {"/api/state", "application/json"}}) {
    const auto a = ask(target);
    EXPECT_EQ(a.status, 200) << target;
    EXPECT_TRUE(a.header("content-type").starts_with(type)) << a.header("content-type");
    EXPECT_EQ(a.header("content-security-policy"), "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(a.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(a.header("cross-origin-resource-policy"), "same-origin");
    EXPECT_EQ(a.header("cache-control"), "no-store");
    EXPECT_EQ(a.header("set-cookie"), "");
  }
}

TEST_F(listening, it_only_reads) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"})
    for (const char* target : {"/", "/api/state", "/api/stream"}) {
      const auto a = raw(format("{} {} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 0\r\n\r\n", method, target, port));
      EXPECT_TRUE(a.starts_with("HTTP/1.1 405 ")) << method << " " << target << "\n" << a;
      EXPECT_NE(a.find("Allow: GET, HEAD\r\n"), std::string::npos) << a;
    }
  EXPECT_TRUE(raw(format("HEAD / HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", port)).starts_with("HTTP/1.1 200 "));
}

TEST_F(listening, a_body_is_refused) {
  EXPECT_TRUE(raw(format("GET / HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 5\r\n\r\nhello", port)).starts_with("HTTP/1.1 413 "));
}

TEST_F(listening, another_sites_name_for_this_address_is_refused) {
  for (const char* target : {"/", "/page.js", "/api/state", "/api/stream", "/api/event/1"}) {
    EXPECT_TRUE(get(target, format("evil.example:{}", port)).starts_with("HTTP/1.1 421 ")) << target;
    EXPECT_TRUE(get(target, "127.0.0.1").starts_with("HTTP/1.1 421 ")) << target;
  }
  EXPECT_TRUE(get("/", format("127.0.0.1:{}", port)).starts_with("HTTP/1.1 200 "));
}

TEST_F(listening, another_sites_page_gets_nothing_but_a_link_to_this_one_works) {
  EXPECT_EQ(ask("/api/state", "GET", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(ask("/page.js", "GET", {{"Sec-Fetch-Site", "same-site"}}).status, 403);
  EXPECT_EQ(ask("/", "GET", {{"Sec-Fetch-Site", "cross-site"}}).status, 200);
  EXPECT_EQ(ask("/api/state", "GET", {{"Sec-Fetch-Site", "same-origin"}}).status, 200);
}

TEST_F(listening, no_other_path_leads_anywhere) {
  for (const char* path : {"/page.html/", "/../page.js", "/%2e%2e/etc/passwd", "//page.js", "/api", "/api/", "/api/event/", "/api/event/x", "/api/event/-1", "/api/event/99999999999999999999999", "/api/event/1/2",
                           "/favicon.ico", "/page.js%00", "/."})
    EXPECT_TRUE(get(path, format("localhost:{}", port)).starts_with("HTTP/1.1 404 ")) << path;
}

TEST_F(listening, a_stream_tells_of_the_state_at_once_and_of_an_event_when_it_comes) {
  const auto first = raw(format("GET /api/stream HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", port), "}\n\n");
  EXPECT_NE(first.find("Content-Type: text/event-stream"), std::string::npos) << first;
  const auto at = first.find("\r\n\r\nid: ");
  ASSERT_NE(at, std::string::npos) << first;
  const auto id = first.substr(at + 8, first.find('\n', at + 8) - at - 8);
  const auto data = first.find("data: ", at);
  const std::string told = first.substr(data + 6, first.find("\n\n", data) - data - 6);
  const auto d = json::parse(told);
  ASSERT_TRUE(d) << told;
  EXPECT_EQ(d->root().at("/events")->size(), 0u);
  EXPECT_EQ(d->root().at("/state/verdict/level")->text(), "bad") << "nobody was asked yet";

  line::shown_event e;
  e.topic = "raw.ghl";
  e.type = "ghl.Thing";
  b.event_came(e, 0);
  const auto later = raw(format("GET /api/stream HTTP/1.1\r\nHost: localhost:{}\r\nLast-Event-ID: {}\r\n\r\n", port, id), "}\n\n");
  EXPECT_NE(later.find("ghl.Thing"), std::string::npos) << "what came behind the last event that was seen: " << later;
  const auto seen = later.find("\r\n\r\nid: ") + 8;
  const auto again = raw(format("GET /api/stream?last={} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", later.substr(seen, later.find('\n', seen) - seen), port), "}\n\n");
  EXPECT_NE(again.find("\"events\":[]"), std::string::npos) << "what was seen is not told again: " << again;
}

TEST_F(listening, streams_are_bounded_and_a_page_that_went_makes_room) {
  const auto stream = [&] { return raw(format("GET /api/stream HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", port)); };
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(stream().starts_with("HTTP/1.1 200 "));
  const auto fourth = stream();
  EXPECT_TRUE(fourth.starts_with("HTTP/1.1 503 ")) << fourth;
  EXPECT_NE(fourth.find("Retry-After: 5\r\n"), std::string::npos);
  EXPECT_EQ(ask("/api/state").status, 200) << "who has no stream asks";
  hang_up();
  bool room = false;
  for (const auto end = std::chrono::steady_clock::now() + 10s; !room && std::chrono::steady_clock::now() < end; hang_up())
    room = stream().starts_with("HTTP/1.1 200 ");
  EXPECT_TRUE(room);
}

TEST(page, is_small_and_asks_nobody_else) {
  std::size_t bytes = 0;
  const std::regex foreign(R"((https?:)?//[a-z0-9.-]+\.[a-z]{2,})");
  for (const auto& f : embedded_files()) {
    bytes += f.text.size();
    std::string text(f.text);
    text = std::regex_replace(text, std::regex("http://www\\.w3\\.org/2000/svg"), ""); // a name, no address
    EXPECT_FALSE(std::regex_search(text, foreign)) << f.path;
  }
  EXPECT_EQ(embedded_files().size(), 3u);
  EXPECT_LT(bytes, 60'000u);
}

TEST(page, writes_texts_as_texts) {
  for (const auto& f : embedded_files())
    for (const char* never : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc", "javascript:", "onclick=", "style="})
      EXPECT_EQ(f.text.find(never), std::string_view::npos) << f.path << ": " << never;
}

// Each page of ops/runbooks that a finding names is there.
TEST(page, every_runbook_that_the_verdict_names_exists) {
  std::ifstream in(std::filesystem::path(MILLRACE_SOURCE_DIR) / "ops/console/verdict.cpp");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::regex name("\"(Millrace[A-Za-z]+)\"");
  int named = 0;
  for (std::sregex_iterator m(text.begin(), text.end(), name), end; m != end; ++m, ++named)
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(MILLRACE_SOURCE_DIR) / "ops/runbooks" / ((*m)[1].str() + ".md"))) << (*m)[1];
  EXPECT_GE(named, 8);
}
