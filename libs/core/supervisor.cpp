#include "core/supervisor.hpp"

#include <cstddef>
#include <cstdint>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace millrace {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() && n > 0 ? std::optional(n) : std::nullopt;
}

} // namespace

supervisor supervisor::of_process() {
  std::optional<std::chrono::milliseconds> watchdog;
  const auto for_whom = number(variable("WATCHDOG_PID")); // a child inherits what is meant for its parent
  if (const auto us = number(variable("WATCHDOG_USEC")); us && (!for_whom || *for_whom == ::getpid()))
    watchdog = std::chrono::milliseconds(*us / 1000);
  return {variable("NOTIFY_SOCKET"), watchdog};
}

bool supervisor::tell(std::string_view state) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (socket_.empty() || (socket_[0] != '/' && socket_[0] != '@') || socket_.size() >= sizeof to.sun_path)
    return false;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@')
    to.sun_path[0] = '\0';
  const int s = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0)
    return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // A supervisor that does not read must not hold us up.
  const auto sent = ::sendto(s, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), size);
  ::close(s);
  return sent == static_cast<ssize_t>(state.size());
}

} // namespace millrace
