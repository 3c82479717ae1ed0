// A supervisor's end of sd_notify(3), for tests: hears what a process says of itself. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace millrace::trial {

class notify_socket {
public:
  // `form` begins with '/' (a path) or '@' (Linux' abstract namespace); this process' number is put behind it.
  explicit notify_socket(const std::string& form = "@millrace-notify-") : name_(form + std::to_string(::getpid()) + "-" + std::to_string(++made)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name_.data(), name_.size());
    if (name_[0] == '@')
      at.sun_path[0] = '\0';
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())) != 0)
      throw std::runtime_error("cannot listen at " + name_);
  }
  ~notify_socket() {
    ::close(socket_);
    if (name_[0] == '/')
      ::unlink(name_.c_str());
  }
  notify_socket(const notify_socket&) = delete;

  const std::string& name() const { return name_; }
  // The next datagram: what is there, or what comes within `most`; empty if nothing does.
  std::string heard(std::chrono::seconds most = {}) const {
    const timeval wait{static_cast<time_t>(most.count()), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    std::array<char, 4096> text{};
    const auto n = ::recv(socket_, text.data(), text.size(), most.count() == 0 ? MSG_DONTWAIT : 0);
    return n < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(n));
  }

private:
  static inline int made = 0;
  std::string name_;
  int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

} // namespace millrace::trial
