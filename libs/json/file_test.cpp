#include "json/schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace millrace::json;

namespace {
// The file's JSON, or its fault.
std::string reading(std::string text) {
  const auto f = file::read("x.json", std::move(text));
  return f ? std::string(f->root().source()) : f.error().text();
}
bool is_refused(std::string text) { return reading(std::move(text)).starts_with("bad_json at x.json:"); }
} // namespace

TEST(file, reads_comments_and_trailing_commas) {
  const auto f = file::read("x.json", "// first\n{\n  \"a\": [1, 2, /* three */ ], // \"b\"\n  \"u\": \"http://x\",\n}\n");
  ASSERT_TRUE(f) << f.error().text();
  EXPECT_EQ(f->root().at("/a")->size(), 2u);
  EXPECT_EQ(f->root().at("/u")->text(), "http://x");
  EXPECT_EQ(f->place("/u"), "x.json:4 /u");
}

TEST(file, offsets_stay) {
  EXPECT_EQ(reading("[1,/*\n*/2,// x\n]"), "[1,  \n  2     \n]");
  EXPECT_EQ(reading("[1,]"), "[1 ]");
  EXPECT_EQ(reading("{\"a\":[{},],}"), "{\"a\":[{} ] }");
  EXPECT_EQ(reading("[1 // end"), "bad_json at x.json:1:10: Missing a comma or ']' after an array element.");
  EXPECT_EQ(reading("1 // end without line break"), "1");
  EXPECT_EQ(reading("/**/1/**/"), "1");
  EXPECT_EQ(reading("/***/ /*/*/ 1"), "1");
}

TEST(file, strings_are_left_alone) {
  EXPECT_EQ(reading(R"(["// no","/* no */",",]","\"// no","\\"])"), R"(["// no","/* no */",",]","\"// no","\\"])");
  EXPECT_EQ(reading("[\"\\\\\" // \\\"\n]"), "[\"\\\\\"      \n]");
}

TEST(file, mistakes_stay_mistakes) {
  for (const auto* text : {"[,]", "{,}", "[1,,]", "[,1]", "{\"a\":,}", "{\"a\",}", "/* x", "/", "1 /", "[1 / 2]", "# x\n1", "", "// only",
                           "1,", ",", "[1],", "{\"a\":1,}}", "\"// x", "[1,/*]", "*/1", "'a'", "{a:1}", "/ * x */ 1", "[1 //\n2]"})
    EXPECT_TRUE(is_refused(text)) << text << ": " << reading(text);
}

TEST(file, a_fault_names_line_and_column) {
  EXPECT_EQ(reading("{\n  \"a\": 1,\n  \"b\": nul\n}").substr(0, 23), "bad_json at x.json:3:11");
  EXPECT_EQ(reading("x").substr(0, 21), "bad_json at x.json:1:");
}

TEST(file, a_doubled_member_is_a_fault) {
  EXPECT_EQ(reading("{\"a\": 1,\n \"b\": {\"c\": 2, \"c\": 3},\n \"a\": 4}"),
            "doubled_member at x.json:1:7: this member is there twice in its object");
}

TEST(file, knows_the_line_of_a_pointer_or_of_its_nearest_ancestor) {
  const auto f = file::read("x.json", "\n{\n\"a\": [\n1,\n{\"b/c\":\n2}\n]\n}");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->line_of(""), 2);
  EXPECT_EQ(f->line_of("/a"), 3);
  EXPECT_EQ(f->line_of("/a/0"), 4);
  EXPECT_EQ(f->line_of("/a/1/b~1c"), 6);
  EXPECT_EQ(f->line_of("/a/1/x/y/z"), 5);
  EXPECT_EQ(f->line_of("/a/7"), 3);
  EXPECT_EQ(f->line_of("nonsense"), 2);
  EXPECT_EQ(f->place(""), "x.json:2");
}

TEST(file, moves_with_its_text) {
  auto f = *file::read("x.json", "[\"short\"]");
  const file g = std::move(f);
  EXPECT_EQ(g.root().element(0)->text(), "short");
}

TEST(file, loads_from_the_disk_or_says_why_not) {
  const auto path = std::filesystem::temp_directory_path() / ("millrace_file_test_" + std::to_string(::getpid()) + ".json");
  std::ofstream(path) << "{\"a\": 1, /* x */}\n";
  const auto f = file::load(path);
  ASSERT_TRUE(f) << f.error().text();
  EXPECT_EQ(f->root().at("/a")->text(), "1");
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(file::load(path).error().code, "bad_json");
  std::filesystem::remove(path);
  EXPECT_EQ(file::load(path).error().text(), "unreadable_file at " + path.string() + ": No such file or directory");
  EXPECT_EQ(file::load("/").error().code, "unreadable_file");
}
