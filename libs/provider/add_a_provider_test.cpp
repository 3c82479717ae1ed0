// Follows docs/add-a-provider.md word for word: writes every block that names a file, runs what its `check` block asks,
// and holds the result to what the page says came of it.
#include "provider/examples.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace millrace {
namespace {

using namespace testing_provider;

struct block {
  std::string attribute, value, text; // "file", "schemas/…", the lines between the fences
};

std::vector<block> blocks_of(const std::string& page) {
  std::ifstream in(page);
  EXPECT_TRUE(in) << page;
  std::vector<block> made;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      if (!inside) {
        const auto space = line.find(' '), equals = line.find('=');
        made.push_back({space == std::string::npos ? "" : line.substr(space + 1, equals - space - 1),
                        equals == std::string::npos ? "" : line.substr(equals + 1), ""});
      }
      inside = !inside;
    } else if (inside) {
      made.back().text += line + "\n";
    }
  }
  EXPECT_FALSE(inside) << "a block is not closed";
  return made;
}

TEST(add_a_provider, the_page_is_true) {
  const folder f;
  std::size_t files = 0, checks = 0, expected = 0;
  const auto page = blocks_of(MILLRACE_SOURCE_DIR "/docs/add-a-provider.md");
  for (const auto& b : page)
    if (b.attribute == "file") {
      f.write(b.value, b.text);
      ++files;
      EXPECT_TRUE(json::file::load(f.path(b.value))) << b.value;
    }
  EXPECT_GE(files, 5u);
  std::vector<fault> faults;
  const auto profiles = catalogue::load(f.path("schemas/providers"), faults);
  ASSERT_EQ(text_of(faults), "");
  for (const auto& b : page) {
    if (b.attribute != "check")
      continue;
    std::istringstream lines(b.text);
    for (std::string line; std::getline(lines, line); ++checks) {
      const std::string command = "millrace check schemas/providers/pigeon", flag = " --write-golden";
      ASSERT_TRUE(line == command || line == command + flag) << line;
      EXPECT_EQ(text_of(check_examples(profiles, f.path("schemas/providers"), "pigeon", line != command)), "");
    }
  }
  EXPECT_EQ(checks, 2u);
  for (const auto& e : load_examples(f.path("schemas/providers"), faults))
    for (const auto& b : page)
      if (b.attribute == "expect" && b.value == e.name) {
        std::istringstream lines(b.text);
        for (std::string line; std::getline(lines, line); ++expected)
          EXPECT_NE(e.golden.find(line), std::string::npos) << line << "\nis not in\n" << e.golden;
      }
  EXPECT_GE(expected, 2u);
}

TEST(add_a_provider, a_wrong_golden_file_is_told) {
  const folder f;
  for (const auto& b : blocks_of(MILLRACE_SOURCE_DIR "/docs/add-a-provider.md"))
    if (b.attribute == "file")
      f.write(b.value, b.text);
  std::vector<fault> faults;
  const auto profiles = catalogue::load(f.path("schemas/providers"), faults);
  const auto check = [&] { return text_of(check_examples(profiles, f.path("schemas/providers"), "pigeon", false)); };
  EXPECT_NE(check().find("missing_golden"), std::string::npos);
  check_examples(profiles, f.path("schemas/providers"), "pigeon", true);
  EXPECT_EQ(check(), "");
  f.write("schemas/providers/pigeon/examples/sms-in.json", R"({"kind": "typing", "uid": "ev_9"})");
  EXPECT_NE(check().find("golden_differs"), std::string::npos);
  f.write("schemas/providers/pigeon/examples/stranger.json", "{}");
  EXPECT_NE(check().find("unlisted_example"), std::string::npos);
}

} // namespace
} // namespace millrace
