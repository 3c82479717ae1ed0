#include "receiver.hpp"

#include "core/format.hpp"

#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::proof {

receiver::receiver() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the receiver");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

receiver::~receiver() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

std::string receiver::url() const { return format("http://127.0.0.1:{}", port_); }

std::vector<std::string> receiver::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

void receiver::serve() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0)
      continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0)
      continue;
    serve_one(connection);
    ::close(connection);
  }
}

// One post a connection.
void receiver::serve_one(int connection) {
  std::string text;
  const auto whole = [&] {
    const auto head = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
    return head != std::string::npos && length != std::string::npos && text.size() >= head + 4 + static_cast<std::size_t>(std::atoi(text.c_str() + length + 16));
  };
  while (!whole()) {
    pollfd waiting{connection, POLLIN, 0};
    char bytes[4096];
    if (::poll(&waiting, 1, 5000) <= 0)
      return;
    const auto got = ::recv(connection, bytes, sizeof bytes, 0);
    if (got <= 0)
      return;
    text.append(bytes, static_cast<std::size_t>(got));
  }
  const auto target_at = text.find(' ') + 1;
  const int status = status_;
  {
    const std::lock_guard lock(mutex_);
    posts_.push_back(text.substr(target_at, text.find(' ', target_at) - target_at) + " " + text.substr(text.find("\r\n\r\n") + 4));
  }
  if (status == 0)
    return;
  const auto answer = format("HTTP/1.1 {} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", status);
  static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
}

} // namespace millrace::proof
