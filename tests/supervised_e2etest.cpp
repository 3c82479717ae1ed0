// Each program of the line tells its supervisor how it stands: ready when /readyz says so, alive while it runs, stopping when
// it is asked to end; and a program that is frozen gives no sign.
#include "running_line.hpp"

#include "testing/notify_socket.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

namespace {

class supervised_line : public running_line {
protected:
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    s["NOTIFY_SOCKET"] = ends.try_emplace(program).first->second.name();
    s["WATCHDOG_USEC"] = "1500000";
    s["WATCHDOG_PID"] = "";
    return s;
  }
  // True when a datagram with that line comes.
  bool hears(const std::string& program, const std::string& line) const {
    return until(still_most, [&] { return ("\n" + ends.at(program).heard(1s) + "\n").find("\n" + line + "\n") != std::string::npos; });
  }

  mutable std::map<std::string, trial::notify_socket> ends; // by program
};

} // namespace

TEST_F(supervised_line, says_when_it_is_ready_alive_and_ending) {
  start_all();
  for (const auto& [name, end] : ends) {
    EXPECT_TRUE(hears(name, "READY=1")) << name << "\n" << programs.at(name)->log();
    EXPECT_TRUE(until(still_most, [&] { return programs.at(name)->is_ready(); })) << name;
    EXPECT_TRUE(hears(name, "WATCHDOG=1")) << name;
  }
  auto& frozen = *programs.at("contact-sync");
  frozen.freeze();
  const auto& end = ends.at("contact-sync");
  while (!end.heard().empty()) {
  }
  EXPECT_EQ(end.heard(2s), "") << "a program that stands still is not alive";
  frozen.thaw();
  EXPECT_TRUE(hears("contact-sync", "WATCHDOG=1"));
  for (const auto& [name, listening] : ends) {
    EXPECT_TRUE(programs.at(name)->end()) << programs.at(name)->log();
    EXPECT_TRUE(hears(name, "STOPPING=1")) << name;
  }
}
