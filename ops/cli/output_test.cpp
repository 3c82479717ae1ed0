#include "output.hpp"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

// An output whose two streams can be read.
struct caught {
  std::FILE* results = std::tmpfile();
  std::FILE* words = std::tmpfile();
  output out;
  explicit caught(output::form f) : out(f, results, words) {}
  ~caught() { std::fclose(results), std::fclose(words); }
  static std::string read(std::FILE* f) {
    std::rewind(f);
    std::string text;
    for (int c; (c = std::fgetc(f)) != EOF;)
      text += static_cast<char>(c);
    return text;
  }
};

TEST(output, results_and_words_go_to_different_streams) {
  caught c({});
  c.out.line("a result");
  c.out.say("a word");
  EXPECT_EQ(caught::read(c.results), "a result\n");
  EXPECT_EQ(caught::read(c.words), "a word\n");
}

TEST(output, with_json_only_objects_are_results) {
  caught c({.json = true});
  c.out.line("for people");
  json_line o("thing");
  o.text("name", "a\nb").number("n", 7).flag("yes", true).decimal("ms", 1.5).texts("list", {"x"});
  c.out.object(o);
  EXPECT_EQ(caught::read(c.results), "{\"schema_version\":1,\"kind\":\"thing\",\"name\":\"a\\nb\",\"n\":7,\"yes\":true,\"ms\":1.500,\"list\":[\"x\"]}\n");
}

TEST(output, without_json_objects_are_silent) {
  caught c({});
  json_line o("thing");
  c.out.object(o);
  EXPECT_EQ(caught::read(c.results), "");
}

TEST(output, faults_are_results_for_programs_and_words_for_people) {
  const std::vector<fault> faults = {bad("bad_value", "a.json:3 /x", "a number is expected")};
  caught people({}), programs({.json = true});
  people.out.faults("fault", faults);
  programs.out.faults("fault", faults);
  EXPECT_EQ(caught::read(people.words), "a.json:3 /x: a number is expected (bad_value)\n");
  EXPECT_EQ(caught::read(people.results), "");
  EXPECT_NE(caught::read(programs.results).find("\"place\":\"a.json:3 /x\""), std::string::npos);
}

TEST(output, colour_only_where_it_is_wanted) {
  EXPECT_EQ(output({}, stdout, stderr).in(colour::red, "x"), "x");
  EXPECT_EQ(output({.colour = true}, stdout, stderr).in(colour::red, "x"), "\033[31mx\033[0m");
}

TEST(output, no_line_is_drawn_over_in_a_pipe) {
  caught c({});
  c.out.working("still at it");
  EXPECT_EQ(caught::read(c.words), "");
}

TEST(output, columns_are_aligned) {
  EXPECT_EQ(aligned({{"a", "1"}, {"bcd", "23"}}, {1}), (std::vector<std::string>{"a     1", "bcd  23"}));
  EXPECT_EQ(aligned({{"−", "x"}, {"ab", "y"}}), (std::vector<std::string>{"−   x", "ab  y"}));
}

} // namespace
} // namespace millrace::cli
