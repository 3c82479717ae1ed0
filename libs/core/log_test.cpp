#include "core/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

using namespace millrace;
using namespace std::literals;

namespace {

const log::form json_form{"gateway", true, false};
const log::form human_form{"gateway", false, false};
const instant moment{1'795'220'324'123'456};

std::string json_line(std::string_view message, std::initializer_list<log::field> fields = {}) {
  return log::line(json_form, log::level::info, moment, message, fields);
}

std::size_t lines_of(std::string_view text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

// What `work` writes to stderr.
template <class work_type>
std::string written_by(work_type work) {
  testing::internal::CaptureStderr();
  work();
  return testing::internal::GetCapturedStderr();
}

} // namespace

TEST(log_line, is_json_with_time_level_message_service_and_fields) {
  EXPECT_EQ(json_line("started", {{"port", 8080}, {"tls", false}, {"seconds", 0.5}, {"do", "nothing"}}),
            R"({"time":"2026-11-21T00:18:44.123456Z","level":"info","msg":"started","service":"gateway",)"
            R"("port":8080,"tls":false,"seconds":0.5,"do":"nothing"})"
            "\n");
}

TEST(log_line, a_line_break_cannot_forge_a_line) {
  const auto hostile = "x\r\n{\"level\":\"error\"}\x1b[2J\x00\xc2\x9b\x7f\xe2\x80\xa8"sv;
  for (const auto& form : {json_form, human_form}) {
    const auto line = log::line(form, log::level::info, moment, hostile, {{"a", hostile}, {hostile, 1}});
    if (form.json) {
      EXPECT_EQ(lines_of(line), 1u) << line;
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
      EXPECT_EQ(line.find('\0'), std::string::npos);
      EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
      EXPECT_NE(line.find(R"(x\r\n{\"level\":\"error\"}\u001b[2J\u0000\u009b\u007f)"), std::string::npos) << line;
    }
  }
  const auto human = log::line(human_form, log::level::info, moment, hostile, {{"a", hostile}});
  EXPECT_EQ(lines_of(human), 1u);
  EXPECT_EQ(human.find('\x1b'), std::string::npos);
}

TEST(log_line, bytes_that_are_no_text_become_text) {
  EXPECT_NE(json_line("m", {{"a", "\xff\xed\xa0\x80"}}).find("\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\""), std::string::npos);
}

TEST(log_line, a_long_field_is_cut_between_characters) {
  std::string text = "x";
  while (text.size() < 3'000)
    text += "\xe2\x82\xac";
  const auto line = json_line("m", {{"a", text}});
  EXPECT_LT(line.size(), 2'200u);
  EXPECT_NE(line.find("\xe2\x82\xac\xe2\x80\xa6\"}"), std::string::npos); // a whole € and then …
  EXPECT_EQ(line.find("\xef\xbf\xbd"), std::string::npos);
}

TEST(log_line, a_number_that_is_none_stays_json) {
  EXPECT_NE(json_line("m", {{"a", std::numeric_limits<double>::infinity()}}).find(R"("a":"inf")"), std::string::npos);
}

TEST(log_line, has_a_human_form) {
  EXPECT_EQ(log::line(human_form, log::level::warning, moment, "kafka is away", {{"broker", "a:1"}, {"do", "look at it"}, {"e", ""}}),
            "00:18:44.123 warn  gateway: kafka is away broker=a:1 do=\"look at it\" e=\"\"\n");
  EXPECT_EQ(log::line({"gateway", false, true}, log::level::error, moment, "x", {}),
            "00:18:44.123 \x1b[31mERROR\x1b[0m gateway: x\n");
}

TEST(log_line, says_how_many_were_left_out) {
  EXPECT_NE(log::line(json_form, log::level::info, moment, "m", {}, 7).find("\"suppressed\":7}"), std::string::npos);
}

TEST(log, writes_at_most_20_equal_messages_at_once) {
  log::start("test", log::level::info, true);
  const auto out = written_by([] {
    for (int i = 0; i < 100; ++i)
      log::info("again", {{"i", i}});
    log::info("another");
  });
  EXPECT_EQ(lines_of(out), 21u);
  EXPECT_NE(out.find("\"another\""), std::string::npos);
}

TEST(log, leaves_out_what_is_below_the_least_level) {
  log::start("test", log::level::warning, true);
  const auto out = written_by([] {
    log::debug("a");
    log::info("b");
    log::warning("c");
    log::error("d");
  });
  EXPECT_EQ(lines_of(out), 2u);
}

TEST(log, lines_of_many_threads_stay_whole) {
  log::start("test", log::level::info, true);
  const auto out = written_by([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([t] {
        for (int i = 0; i < 200; ++i)
          log::info("message " + std::to_string(t) + " " + std::to_string(i), {{"x", std::string(300, 'x')}});
      });
    for (auto& t : threads)
      t.join();
  });
  EXPECT_EQ(lines_of(out), 800u);
  std::size_t begin = 0;
  while (begin < out.size()) {
    const auto end = out.find('\n', begin);
    EXPECT_EQ(out.compare(begin, 9, "{\"time\":\""), 0);
    EXPECT_EQ(out.compare(end - 3, 3, "x\"}"), 0);
    begin = end + 1;
  }
}

TEST(log, messages_made_of_data_do_not_fill_the_memory) {
  log::start("test", log::level::info, true);
  const auto out = written_by([] {
    for (int i = 0; i < 5'000; ++i)
      log::info("message " + std::to_string(i));
  });
  EXPECT_EQ(lines_of(out), 5'000u);
}
