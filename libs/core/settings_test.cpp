#include "core/settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace millrace;
using namespace std::chrono_literals;
using variables = settings::variables;

namespace {

// A file that lives as long as the test.
class scratch_file {
public:
  explicit scratch_file(std::string_view content, const std::string& name = "") {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("millrace_settings_" + std::to_string(::getpid()) + "_" + std::to_string(++count));
    std::filesystem::create_directory(folder_);
    path_ = folder_ / (name.empty() ? "content" : name);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~scratch_file() { std::filesystem::remove_all(folder_); }
  std::string path() const { return path_; }
  std::string folder() const { return folder_; }

private:
  std::filesystem::path folder_, path_;
};

std::string faults_of(const settings& s) {
  std::string out;
  for (const auto& f : s.faults())
    out += f.text() + "\n";
  return out;
}

} // namespace

TEST(settings, come_from_the_environment_or_the_default) {
  settings s(variables{{"M_PORT", "80"}, {"M_NAME", "x"}, {"M_ON", "Yes"}, {"M_WAIT", "2m"}, {"M_MODE", "shadow"}});
  EXPECT_EQ(s.integer("M_PORT", 1, 0, 100, "port"), 80);
  EXPECT_EQ(s.integer("M_OTHER_PORT", 7, 0, 100, "port"), 7);
  EXPECT_EQ(s.text("M_NAME", "y", "name"), "x");
  EXPECT_EQ(s.text("M_OTHER_NAME", "y", "name"), "y");
  EXPECT_TRUE(s.flag("M_ON", false, "on"));
  EXPECT_FALSE(s.flag("M_OTHER_ON", false, "on"));
  EXPECT_EQ(s.duration("M_WAIT", 1s, "wait"), 2min);
  EXPECT_EQ(s.duration("M_OTHER_WAIT", 1500ms, "wait"), 1500ms);
  EXPECT_EQ(s.choice("M_MODE", "off", {"off", "shadow"}, "mode"), "shadow");
  EXPECT_EQ(faults_of(s), "");
  std::string shown;
  for (const auto& x : s.all())
    shown += x.name + "=" + x.value + " (" + x.origin + ") ";
  EXPECT_EQ(shown, "M_PORT=80 (environment) M_OTHER_PORT=7 (default) M_NAME=x (environment) M_OTHER_NAME=y (default) "
                   "M_ON=true (environment) M_OTHER_ON=false (default) M_WAIT=2m (environment) M_OTHER_WAIT=1500ms (default) "
                   "M_MODE=shadow (environment) ");
}

TEST(settings, all_faults_come_at_once_and_the_default_holds) {
  settings s(variables{{"M_PORT", "99999"}, {"M_ON", "maybe"}, {"M_WAIT", "5 s"}, {"M_MODE", "shade"}});
  EXPECT_EQ(s.integer("M_PORT", 1, 0, 65'535, "port"), 1);
  EXPECT_TRUE(s.flag("M_ON", true, "on"));
  EXPECT_EQ(s.duration("M_WAIT", 1s, "wait"), 1s);
  EXPECT_EQ(s.choice("M_MODE", "off", {"off", "shadow"}, "mode"), "off");
  EXPECT_EQ(s.required("M_URL", "where it is"), "");
  EXPECT_EQ(faults_of(s), "bad_setting at M_PORT: '99999' is no whole number from 0 to 65535\n"
                          "bad_setting at M_ON: 'maybe' is neither true nor false\n"
                          "bad_setting at M_WAIT: '5 s' is no duration (250ms, 5s, 2m, 1h)\n"
                          "bad_setting at M_MODE: 'shade' is none of off, shadow; did you mean 'shadow'?\n"
                          "bad_setting at M_URL: must be set: where it is\n");
}

TEST(settings, numbers_and_durations_are_strict) {
  for (const auto* text : {"1.5", " 1", "1 ", "0x1", "1e3", "+1", "--1", "9223372036854775808", "one"}) {
    settings s(variables{{"M_N", text}});
    EXPECT_EQ(s.integer("M_N", 3, -10, 10, ""), 3) << text;
    EXPECT_EQ(s.faults().size(), 1u) << text;
  }
  for (const auto* text : {"1", "ms", "-1s", "1.5s", "1d", "1 s", "s1", "1S", "99999999999999h"}) {
    settings s(variables{{"M_N", text}});
    EXPECT_EQ(s.duration("M_N", 3s, ""), 3s) << text;
    EXPECT_EQ(s.faults().size(), 1u) << text;
  }
  settings s(variables{{"A", "250ms"}, {"B", "0s"}, {"C", "1h"}, {"D", "-5"}});
  EXPECT_EQ(s.duration("A", 1s, ""), 250ms);
  EXPECT_EQ(s.duration("B", 1s, ""), 0ms);
  EXPECT_EQ(s.duration("C", 1s, ""), 1h);
  EXPECT_EQ(s.integer("D", 0, -10, 10, ""), -5);
  EXPECT_EQ(faults_of(s), "");
}

TEST(settings, an_empty_variable_is_not_given) {
  settings s(variables{{"M_PORT", ""}, {"M_URL", ""}, {"M_URL_FILE", ""}});
  EXPECT_EQ(s.integer("M_PORT", 5, 0, 10, ""), 5);
  s.required("M_URL", "x");
  EXPECT_EQ(s.faults().size(), 1u);
}

TEST(settings, a_file_gives_its_content_without_the_last_line_break) {
  const scratch_file one("top secret\n"), two("a\nb\r\n"), port("80\n");
  settings s(variables{{"M_KEY_FILE", one.path()}, {"M_TEXT_FILE", two.path()}, {"M_PORT_FILE", port.path()}});
  EXPECT_EQ(s.secret("M_KEY", "key"), "top secret");
  EXPECT_EQ(s.text("M_TEXT", "", "text"), "a\nb");
  EXPECT_EQ(s.integer("M_PORT", 1, 0, 100, "port"), 80);
  EXPECT_EQ(faults_of(s), "");
  EXPECT_EQ(s.all()[0].origin, "file " + one.path());
}

TEST(settings, a_file_that_cannot_be_read_is_one_fault) {
  settings s(variables{{"M_URL_FILE", "/nowhere/at/all"}});
  EXPECT_EQ(s.required("M_URL", "x"), "");
  EXPECT_EQ(faults_of(s), "bad_setting at M_URL_FILE: cannot read the file /nowhere/at/all\n");
}

TEST(settings, a_variable_and_its_file_at_once_are_a_fault) {
  const scratch_file f("b");
  settings s(variables{{"M_KEY", "a"}, {"M_KEY_FILE", f.path()}});
  s.secret("M_KEY", "key");
  EXPECT_EQ(faults_of(s), "bad_setting at M_KEY: M_KEY_FILE is set too: give one of them\n");
}

TEST(settings, systemds_credentials_are_read) {
  const scratch_file f("from systemd\n", "M_KEY");
  settings s(variables{{"CREDENTIALS_DIRECTORY", f.folder()}});
  EXPECT_EQ(s.secret("M_KEY", "key"), "from systemd");
  EXPECT_EQ(s.secret("M_OTHER", "key"), "");
}

TEST(settings, systemds_credentials_may_be_properties) {
  const scratch_file f("from systemd\n", "M_KAFKA_SASL_PASSWORD");
  settings s(variables{{"CREDENTIALS_DIRECTORY", f.folder()}, {"M_KAFKA_ACKS", "all"}});
  EXPECT_EQ(s.properties("M_KAFKA_", "librdkafka"), (variables{{"acks", "all"}, {"sasl.password", "from systemd"}}));
  EXPECT_EQ(s.all().back().value, "********");
}

TEST(settings, secrets_are_never_shown) {
  const scratch_file f("hidden in a file");
  settings s(variables{{"M_KEY", "hidden"}, {"M_OTHER_FILE", f.path()}, {"M_KAFKA_SASL_PASSWORD", "hidden too"}});
  s.secret("M_KEY", "key");
  s.secret("M_OTHER", "key");
  s.properties("M_KAFKA_", "librdkafka");
  for (const auto& x : s.all()) {
    EXPECT_EQ(x.value, "********") << x.name;
    EXPECT_EQ(x.value.find("hidden"), std::string::npos);
  }
}

TEST(settings, a_conninfo_is_shown_without_its_password) {
  const scratch_file f("host=db password=hidden\n");
  settings s(variables{{"M_DB", "postgresql://user:hidden@h/db"}, {"M_OTHER_FILE", f.path()}});
  EXPECT_EQ(s.conninfo("M_DB", "database"), "postgresql://user:hidden@h/db");
  EXPECT_EQ(s.conninfo("M_OTHER", "database"), "host=db password=hidden");
  EXPECT_EQ(s.conninfo("M_NONE", "database"), "");
  EXPECT_EQ(s.all()[0].value, "postgresql://user:********@h/db");
  EXPECT_EQ(s.all()[1].value, "host=db password=********");
  EXPECT_EQ(s.all()[2].value, "");
}

TEST(settings, properties_pass_through) {
  const scratch_file f("from a file\n");
  settings s(variables{{"M_KAFKA_BOOTSTRAP_SERVERS", "a:1"},
                       {"M_KAFKA_SASL_PASSWORD_FILE", f.path()},
                       {"M_KAFKA_LINGER_MS", ""},
                       {"M_KAFKA_", "x"},
                       {"M_KAFKAX", "x"},
                       {"OTHER", "x"}});
  const std::map<std::string, std::string> expected = {{"bootstrap.servers", "a:1"}, {"sasl.password", "from a file"}};
  EXPECT_EQ(s.properties("M_KAFKA_", "librdkafka"), expected);
  EXPECT_EQ(faults_of(s), "");
}

TEST(settings, read_the_process_environment_by_default) {
  ::setenv("MILLRACE_TEST_X_A", "1", 1);
  settings s;
  EXPECT_EQ(s.integer("MILLRACE_TEST_X_A", 0, 0, 9, ""), 1);
  EXPECT_EQ(s.properties("MILLRACE_TEST_X_", "").size(), 1u);
  ::unsetenv("MILLRACE_TEST_X_A");
}
