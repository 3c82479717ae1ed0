// Where the page may listen, and whom it asks.
#include "console/config.hpp"

#include "core/setting_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::console;

namespace {

config read(settings::variables v) {
  settings s(std::move(v));
  return config::read(s);
}

} // namespace

TEST(console_config, defaults_are_good_and_are_those_of_the_package) {
  const auto c = read({});
  EXPECT_TRUE(c.faults.empty()) << c.faults.front().text();
  EXPECT_EQ(c.http.port, 8800);
  EXPECT_EQ(c.http.address, "127.0.0.1");
  ASSERT_EQ(c.services.size(), 5u);
  EXPECT_EQ(c.services[0], (std::pair<std::string, std::string>("gateway", "http://127.0.0.1:8081")));
}

TEST(console_config, it_listens_on_this_machine_alone) {
  for (const char* fine : {"127.0.0.1", "127.8.0.1", "::1"})
    EXPECT_TRUE(read({{"MILLRACE_CONSOLE_ADDRESS", fine}}).faults.empty()) << fine;
  for (const char* open : {"0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.evil.example"}) {
    const auto c = read({{"MILLRACE_CONSOLE_ADDRESS", open}});
    ASSERT_EQ(c.faults.size(), 1u) << open;
    EXPECT_EQ(c.faults[0].place, "MILLRACE_CONSOLE_ADDRESS");
  }
}

TEST(console_config, services_are_names_and_addresses) {
  const auto c = read({{"MILLRACE_ADMIN_URLS", "  gateway=http://127.0.0.1:1  alerting=http://127.0.0.1:2 "}});
  EXPECT_TRUE(c.faults.empty());
  EXPECT_EQ(c.services.size(), 2u);
  EXPECT_EQ(read({{"MILLRACE_ADMIN_URLS", "gateway http://127.0.0.1:1"}}).faults.size(), 2u);
}

TEST(console_config, every_setting_that_is_read_is_known_to_all_programs) {
  settings s(settings::variables{});
  config::read(s);
  const auto known = setting_names();
  for (const auto& shown : s.all())
    if (shown.name.starts_with("MILLRACE_") && !shown.name.starts_with("MILLRACE_KAFKA_")) {
      EXPECT_NE(std::find(known.begin(), known.end(), shown.name), known.end()) << shown.name;
    }
}
