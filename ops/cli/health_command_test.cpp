#include "exit_code.hpp"
#include "health_command.hpp"
#include "http/admin_server.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace millrace::cli {
namespace {

// What `millrace health` says on stdout and stderr, and how it ends.
struct told {
  int code;
  std::string results, words;
};

std::string all_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c; (c = std::fgetc(file)) != EOF;)
    text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

told ask(const settings::variables& environment, const health_options& wanted, bool json = false) {
  std::FILE* results = std::tmpfile();
  std::FILE* words = std::tmpfile();
  settings from(environment);
  output out({json, false, false}, results, words);
  const int code = ask_health(read_cli_config(from), wanted, out);
  return {code, all_of(results), all_of(words)};
}

// A service's admin port, on a port of its own.
struct service {
  std::atomic<bool> ready = true, hangs = false;
  metrics::registry metrics{"gateway"};
  http::admin_server admin{"127.0.0.1", 0, metrics,
                           [this] {
                             return std::vector<http::check>{{"kafka", ready, ready ? "connected" : "away", "start it"}};
                           },
                           [this] { return std::string(hangs ? "the loop `record` hangs" : ""); }};
  settings::variables environment(const std::string& address = "127.0.0.1") const {
    return {{"MILLRACE_ADMIN_ADDRESS", address}, {"MILLRACE_ADMIN_PORT", std::to_string(admin.port())}};
  }
};

TEST(health, is_what_the_admin_port_says) {
  service s;
  for (const bool ready : {false, true})
    EXPECT_EQ(ask(s.environment(), {ready}).code, well);
  s.ready = false;
  EXPECT_EQ(ask(s.environment(), {}).code, well) << "alive, whatever it waits for: nobody should end it";
  const auto waits = ask(s.environment(), {true});
  EXPECT_EQ(waits.code, found);
  EXPECT_NE(waits.words.find("[-] kafka: away; start it"), std::string::npos) << waits.words;
  s.hangs = true;
  const auto hanging = ask(s.environment(), {});
  EXPECT_EQ(hanging.code, found);
  EXPECT_NE(hanging.words.find("the loop `record` hangs"), std::string::npos) << hanging.words;
}

TEST(health, is_asked_on_loopback_where_the_service_listens_everywhere) {
  service s;
  EXPECT_EQ(ask(s.environment("0.0.0.0"), {}).code, well);
}

TEST(health, of_nobody_is_bad) {
  std::string url;
  {
    service gone;
    url = "http://127.0.0.1:" + std::to_string(gone.admin.port());
  }
  const auto asked = ask({}, {false, url}, true);
  EXPECT_EQ(asked.code, away);
  EXPECT_NE(asked.results.find("\"well\":false"), std::string::npos) << asked.results;
  EXPECT_NE(asked.words.find(url + " does not answer"), std::string::npos) << asked.words;
}

} // namespace
} // namespace millrace::cli
