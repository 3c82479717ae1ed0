#include "check_command.hpp"
#include "config_command.hpp"
#include "core/setting_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

namespace millrace::cli {
namespace {

// A variable that is set as long as it lives.
struct variable {
  std::string name;
  variable(std::string n, const std::string& value) : name(std::move(n)) { ::setenv(name.c_str(), value.c_str(), 1); }
  ~variable() { ::unsetenv(name.c_str()); }
};

// What `millrace check <paths>` says of faults and warnings, a line each.
std::vector<std::string> told(const std::vector<std::string>& paths = {}) {
  std::FILE* results = std::tmpfile();
  std::FILE* words = std::tmpfile();
  output out({}, results, words);
  settings from;
  const int code = check(read_cli_config(from), {paths, false}, out);
  std::rewind(words);
  std::vector<std::string> lines;
  std::string line;
  for (int c; (c = std::fgetc(words)) != EOF;)
    if (c == '\n')
      lines.push_back(std::exchange(line, ""));
    else
      line += static_cast<char>(c);
  std::fclose(results), std::fclose(words);
  const bool faults = std::any_of(lines.begin(), lines.end(), [](const std::string& l) { return !l.starts_with("warning: "); });
  EXPECT_EQ(code, faults ? 1 : 0);
  return lines;
}

std::vector<std::string> faults_told(const std::vector<std::string>& paths = {}) {
  auto lines = told(paths);
  std::erase_if(lines, [](const std::string& l) { return l.starts_with("warning: "); });
  return lines;
}

TEST(check, knows_every_name_that_a_program_reads_and_no_other) {
  std::set<std::string> read;
  for (const std::string& program : programs_with_config()) {
    settings from{settings::variables{}};
    read_config_of(program, from);
    for (const auto& s : from.all())
      if (s.name.starts_with("MILLRACE_"))
        read.insert(s.name);
  }
  EXPECT_EQ(read, std::set<std::string>(setting_names().begin(), setting_names().end()));
}

TEST(check, finds_nothing_wrong_with_nothing_set) { EXPECT_EQ(faults_told(), std::vector<std::string>{}); }

TEST(check, tells_each_fault_of_the_settings_once_whoever_reads_them) {
  const variable a("MILLRACE_KAFKA_LINGER_MS", "abc"), b("MILLRACE_KAFKA_LINGER_MSS", "1"), c("MILLRACE_HTTP_PROT", "80"), d("MILLRACE_LOG_LEVEL", "loud"),
      e("MILLRACE_TLS_CERTIFICATE", "/nowhere/c.pem");
  const auto lines = faults_told();
  EXPECT_EQ(lines.size(), 6u);
  for (const auto* place : {"MILLRACE_KAFKA_LINGER_MS: ", "MILLRACE_KAFKA_LINGER_MSS: ", "MILLRACE_HTTP_PROT: ", "MILLRACE_LOG_LEVEL: "})
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [&](const std::string& l) { return l.starts_with(place); }), 1) << place;
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const std::string& l) { return l.starts_with("MILLRACE_TLS_CERTIFICATE: "); }), 2);
}

} // namespace
} // namespace millrace::cli
