#include "core/supervisor.hpp"
#include "testing/notify_socket.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <unistd.h>

using namespace millrace;
using namespace std::chrono_literals;

TEST(supervisor, hears_one_datagram_a_word_at_a_path_and_at_an_abstract_name) {
  for (const auto* form : {"/tmp/millrace-notify-", "@millrace-notify-"}) {
    const trial::notify_socket end(form);
    const supervisor s(end.name(), std::nullopt);
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
  EXPECT_FALSE(supervisor("/tmp/millrace-nobody-listens-here", std::nullopt).tell("READY=1"));
  const trial::notify_socket deaf;
  const supervisor s(deaf.name(), std::nullopt);
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
