#include "lossy_link.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::proof {

namespace {

// Simple queries as libpq sends them, and the server's answer that it did. Each comes alone: the client waits for every answer.
constexpr std::string_view begin_message("Q\0\0\0\x0a" "BEGIN\0", 11);
constexpr std::string_view commit_message("Q\0\0\0\x0b" "COMMIT\0", 12);
constexpr std::string_view committed_message("C\0\0\0\x0b" "COMMIT\0", 12);

sockaddr_in loopback(int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

int tcp_socket() {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0)
    throw bug("no socket");
  return s;
}

const sockaddr* plain(const sockaddr_in& a) { return reinterpret_cast<const sockaddr*>(&a); }

bool pass_on(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string_view received(int from, std::array<char, 65536>& into) {
  const auto n = ::recv(from, into.data(), into.size(), 0);
  return {into.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

} // namespace

lossy_link::lossy_link(std::function<loss()> at_commit) : at_commit_(std::move(at_commit)), listener_(tcp_socket()), wake_(::eventfd(0, EFD_CLOEXEC)) {
  const auto any = loopback(0);
  if (::bind(listener_, plain(any), sizeof any) != 0 || ::listen(listener_, 64) != 0)
    throw bug("the link cannot listen");
  thread_ = std::thread([this] { run(); });
}

lossy_link::~lossy_link() {
  stop_ = true;
  wake();
  thread_.join();
  for (const auto& p : pairs_) {
    ::close(p.client);
    ::close(p.server);
  }
  ::close(listener_);
  ::close(wake_);
}

std::string lossy_link::conninfo() const {
  sockaddr_in mine{};
  socklen_t size = sizeof mine;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&mine), &size);
  return format("host=127.0.0.1 port={} sslmode=disable gssencmode=disable", ntohs(mine.sin_port));
}

void lossy_link::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void lossy_link::hold(std::string application) {
  const std::lock_guard lock(guard_);
  holding_ = std::move(application);
}

void lossy_link::release() {
  hold({});
  wake();
}

bool lossy_link::is_to_wait(const pair& p, std::string_view said) {
  const std::lock_guard lock(guard_);
  return !holding_.empty() && said == begin_message && p.started.find(holding_) != std::string::npos;
}

void lossy_link::forward_held() {
  const std::lock_guard lock(guard_);
  for (auto& p : pairs_)
    if (holding_.empty() && !p.waits.empty()) {
      pass_on(p.server, std::exchange(p.waits, {}));
      --held_;
    }
}

void lossy_link::run() {
  while (!stop_) {
    std::vector<pollfd> waits = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& p : pairs_) {
      waits.push_back({p.client, POLLIN, 0});
      waits.push_back({p.server, POLLIN, 0});
    }
    ::poll(waits.data(), waits.size(), -1);
    for (std::size_t n = 0; n < pairs_.size(); ++n) {
      auto& p = pairs_[n];
      if ((waits[2 * n + 2].revents != 0 && !forward_question(p)) || (waits[2 * n + 3].revents != 0 && !forward_answer(p))) {
        ::close(p.client);
        ::close(p.server);
        p.client = -1;
      }
    }
    std::erase_if(pairs_, [](const pair& p) { return p.client < 0; });
    if (waits[0].revents != 0) {
      std::uint64_t n = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &n, sizeof n);
      forward_held();
    }
    if (waits[1].revents != 0)
      accept_one();
  }
}

void lossy_link::accept_one() {
  const char* port = std::getenv("PGPORT");
  const auto to = loopback(port ? std::atoi(port) : 5432);
  const pair p{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), tcp_socket(), false, {}, {}};
  ::connect(p.server, plain(to), sizeof to); // if it fails, what is sent fails
  const int at_once = 1; // as libpq and Postgres have it: each small message is waited for
  for (const int s : {p.client, p.server})
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  pairs_.push_back(p);
}

// False when this connection is to be cut.
bool lossy_link::forward_question(pair& p) {
  std::array<char, 65536> bytes;
  const auto said = received(p.client, bytes);
  if (said.empty())
    return false;
  if (p.started.empty())
    p.started = said;
  if (is_to_wait(p, said)) {
    p.waits = said;
    ++held_;
    return true;
  }
  if (said == commit_message)
    switch (at_commit_()) {
    case loss::none:
      break;
    case loss::commit:
      ++lost_commits_;
      return false;
    case loss::answer:
      p.answer_is_lost = true;
    }
  return pass_on(p.server, said);
}

bool lossy_link::forward_answer(pair& p) {
  std::array<char, 65536> bytes;
  const auto said = received(p.server, bytes);
  if (said.empty())
    return false;
  if (!p.answer_is_lost)
    return pass_on(p.client, said);
  if (said.starts_with(committed_message))
    ++lost_answers_;
  return false;
}

} // namespace millrace::proof
