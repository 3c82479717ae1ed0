#include "core/supervisor.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace millrace;
using namespace std::chrono_literals;

namespace {

// A supervisor's end: a datagram socket bound to `name`.
class listening {
public:
  explicit listening(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name.data(), name.size());
    if (name[0] == '@')
      at.sun_path[0] = '\0';
    else
      path_ = name;
    bound_ = ::bind(socket_, reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0;
  }
  ~listening() {
    ::close(socket_);
    ::unlink(path_.c_str());
  }
  bool bound() const { return bound_; }
  std::string heard() const {
    std::array<char, 512> text{};
    const auto n = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    return n < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(n));
  }

private:
  int socket_;
  bool bound_ = false;
  std::string path_;
};

std::string own(const char* form) { return form + std::to_string(::getpid()); }

} // namespace

TEST(supervisor, hears_one_datagram_a_word_at_a_path_and_at_an_abstract_name) {
  for (const auto& name : {own("/tmp/millrace-supervisor-"), own("@millrace-supervisor-")}) {
    const listening end(name);
    ASSERT_TRUE(end.bound()) << name;
    const supervisor s(name, std::nullopt);
    EXPECT_TRUE(s.listens());
    EXPECT_TRUE(s.tell("READY=1\nSTATUS=serving"));
    EXPECT_EQ(end.heard(), "READY=1\nSTATUS=serving");
    EXPECT_EQ(end.heard(), "");
  }
}

TEST(supervisor, that_is_not_there_or_does_not_read_holds_nobody_up) {
  EXPECT_FALSE(supervisor("", std::nullopt).tell("READY=1"));
  EXPECT_FALSE(supervisor("relative", std::nullopt).tell("READY=1"));
  EXPECT_FALSE(supervisor(std::string(200, '/'), std::nullopt).tell("READY=1"));
  EXPECT_FALSE(supervisor(own("/tmp/millrace-nobody-"), std::nullopt).tell("READY=1"));
  const listening deaf(own("@millrace-deaf-"));
  const supervisor s(own("@millrace-deaf-"), std::nullopt);
  int told = 0;
  while (told < 100'000 && s.tell("WATCHDOG=1"))
    ++told;
  EXPECT_LT(told, 100'000); // its queue is full, and we came back
}

TEST(supervisor, is_who_the_environment_names) {
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  EXPECT_FALSE(supervisor::of_process().listens());
  EXPECT_FALSE(supervisor::of_process().watchdog());
  ::setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  EXPECT_TRUE(supervisor::of_process().listens());
  EXPECT_EQ(supervisor::of_process().watchdog(), 60s);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(supervisor::of_process().watchdog(), 60s);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(supervisor::of_process().watchdog()) << "it is for another process";
  ::setenv("WATCHDOG_PID", "", 1);
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(supervisor::of_process().watchdog());
}
