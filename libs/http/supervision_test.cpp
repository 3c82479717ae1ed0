#include "http/admin_server.hpp"
#include "http/client.hpp"
#include "http/supervision.hpp"
#include "testing/notify_socket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

using namespace millrace;
using namespace millrace::http;
using namespace std::chrono_literals;

namespace {

const std::vector<check> well = {{"kafka", true, "connected", ""}, {"postgres", true, "connected", ""}};
const std::vector<check> away = {{"kafka", false, "away:\nrefused", "start it"}, {"postgres", true, "connected", ""}};

} // namespace

TEST(supervision, says_ready_once_and_what_is_amiss_whenever_that_changes) {
  const trial::notify_socket end;
  supervision s(supervisor(end.name(), std::nullopt));
  const supervision::clock::time_point t{};
  s.look(t, away, "");
  EXPECT_EQ(end.heard(), "STATUS=kafka: away: refused (start it)\n");
  s.look(t, away, "");
  EXPECT_EQ(end.heard(), "") << "nothing new";
  s.look(t, well, "");
  EXPECT_EQ(end.heard(), "READY=1\nSTATUS=ready\n");
  s.look(t, away, "");
  s.look(t, well, "");
  EXPECT_EQ(end.heard(), "STATUS=kafka: away: refused (start it)\n");
  EXPECT_EQ(end.heard(), "STATUS=ready\n") << "ready is said once";
  s.look(t, well, "derive has not come round for 901 s");
  EXPECT_EQ(end.heard(), "STATUS=derive has not come round for 901 s\n");
}

TEST(supervision, gives_a_sign_of_life_in_time_and_none_while_a_loop_hangs) {
  const trial::notify_socket end;
  supervision s(supervisor(end.name(), 30s));
  const supervision::clock::time_point t{};
  s.look(t, well, "");
  EXPECT_EQ(end.heard(), "READY=1\nSTATUS=ready\nWATCHDOG=1\n");
  s.look(t + 9s, well, "");
  EXPECT_EQ(end.heard(), "");
  s.look(t + 10s, well, "");
  EXPECT_EQ(end.heard(), "WATCHDOG=1\n");
  s.look(t + 20s, away, "");
  EXPECT_EQ(end.heard(), "STATUS=kafka: away: refused (start it)\nWATCHDOG=1\n") << "a restart would not bring Kafka back";
  s.look(t + 40s, away, "record hangs");
  EXPECT_EQ(end.heard(), "STATUS=record hangs\n");
  s.look(t + 70s, away, "record hangs");
  EXPECT_EQ(end.heard(), "");
}

TEST(admin_server, tells_the_supervisor_what_its_pages_say) {
  const trial::notify_socket end;
  ::setenv("NOTIFY_SOCKET", end.name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "600000", 1);
  ::unsetenv("WATCHDOG_PID");
  std::atomic<bool> ready = false, hanging = false;
  metrics::registry metrics("test");
  admin_server admin("127.0.0.1", 0, metrics, [&] { return ready ? well : away; }, [&] { return std::string(hanging ? "it hangs" : ""); });
  ::unsetenv("NOTIFY_SOCKET");
  client c("http://127.0.0.1:" + std::to_string(admin.port()));
  const auto healthz = [&] { return c.send("GET", "/healthz", {}, {}).value(); };
  EXPECT_EQ(end.heard(30s), "STATUS=kafka: away: refused (start it)\nWATCHDOG=1\n");
  EXPECT_EQ(end.heard(30s), "WATCHDOG=1\n") << "it lives, although it is not ready";
  ready = true;
  std::string heard;
  do
    heard = end.heard(30s);
  while (heard == "WATCHDOG=1\n");
  EXPECT_TRUE(heard.starts_with("READY=1\nSTATUS=ready\n")) << heard;
  EXPECT_EQ(healthz().status, 200);
  hanging = true;
  EXPECT_EQ(healthz().status, 503);
  EXPECT_EQ(healthz().body, "it hangs\n");
  do
    heard = end.heard(30s);
  while (heard == "WATCHDOG=1\n");
  EXPECT_EQ(heard, "STATUS=it hangs\n");
}
