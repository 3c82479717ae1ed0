// What started this process (systemd, or whoever set NOTIFY_SOCKET) is told how it stands: the datagrams of sd_notify(3),
// without its library. A value; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

class supervisor {
public:
  // As this process' environment names it; nobody, if it names none.
  static supervisor of_process();
  supervisor(std::string socket, std::optional<std::chrono::milliseconds> watchdog) : socket_(std::move(socket)), watchdog_(watchdog) {}

  bool listens() const { return !socket_.empty(); }
  // How long it waits for a sign of life before it ends the process; nothing if it does not wait for one.
  std::optional<std::chrono::milliseconds> watchdog() const { return watchdog_; }

  // "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1"; several are lines of one text. False when it did not arrive: a
  // process goes on without its supervisor.
  bool tell(std::string_view state) const;

private:
  std::string socket_; // a path, or '@' and a name of Linux' abstract namespace
  std::optional<std::chrono::milliseconds> watchdog_;
};

} // namespace millrace
