#include "text/keyword.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

using meaning = keyword::meaning;
using origin = keyword::origin;

void expect(std::string_view text, meaning action, std::string_view word, origin list = origin::source) {
  const auto found = match_keyword(text);
  ASSERT_TRUE(found) << text;
  EXPECT_EQ(found->action, action) << text;
  EXPECT_EQ(found->word, word) << text;
  EXPECT_EQ(found->list, list) << text;
}

TEST(keyword, case_space_and_punctuation_around_it_do_not_matter) {
  for (auto text : {"STOP", "stop", " stop ", "STOP.", "\"Stop\"", "STOP!", "\n\tStop\r\n", "(stop)", "stop…", "«Stop»",
                    "\xF0\x9F\x9B\x91 STOP \xF0\x9F\x9B\x91", "STOP \xE2\x9D\xA4\xEF\xB8\x8F"})
    expect(text, meaning::out, "stop");
}

TEST(keyword, zero_width_and_direction_marks_are_no_letters) {
  expect("\xE2\x80\x8FSTOP\xE2\x80\x8E", meaning::out, "stop");
  expect("ST\xE2\x80\x8BOP", meaning::out, "stop");
  expect("\xEF\xBB\xBFstop", meaning::out, "stop");
}

TEST(keyword, full_width_letters_and_accents_fold) {
  expect("\xEF\xBC\xB3\xEF\xBC\xB4\xEF\xBC\xAF\xEF\xBC\xB0", meaning::out, "stop");
  expect("ARRÊT", meaning::out, "arret");
  expect("ARRET", meaning::out, "arret");
  expect("arre\xCC\x82t", meaning::out, "arret");
  expect("Débuter", meaning::in, "debuter");
}

TEST(keyword, gaps_and_hyphens_are_one_space) {
  expect("OPT OUT", meaning::out, "opt out");
  expect("opt-out", meaning::out, "opt out");
  expect("opt  -  out", meaning::out, "opt out");
  expect("optout", meaning::out, "optout");
  expect("Stop All", meaning::out, "stop all");
  expect("stopall", meaning::out, "stopall");
}

TEST(keyword, opt_in_and_help_are_told_apart) {
  expect("START", meaning::in, "start");
  expect("Unstop", meaning::in, "unstop");
  expect("yes!", meaning::in, "yes");
  expect("HELP", meaning::help, "help");
  expect("Ayuda", meaning::help, "ayuda");
}

TEST(keyword, words_that_no_source_confirms_are_marked) {
  expect("SALIR", meaning::out, "salir", origin::memory);
  expect("basta!", meaning::out, "basta", origin::memory);
  expect("hilfe", meaning::help, "hilfe", origin::memory);
}

TEST(keyword, a_word_inside_a_message_says_nothing) {
  for (auto text : {"Please stop by the weekend", "cancel my 3pm", "STOP PLEASE", "don't stop", "send", "weekend", "s t o p",
                    "stop2", "2stop", "", " ", "...", "\xF0\x9F\x9B\x91", "no", "stop\xC3\xA9"})
    EXPECT_FALSE(match_keyword(text)) << text;
}

TEST(keyword, hostile_bytes_are_no_keyword_and_no_crash) {
  EXPECT_FALSE(match_keyword(std::string(1 << 20, 'a')));
  EXPECT_FALSE(match_keyword(std::string_view("\xFF\xFE\x80", 3)));
  EXPECT_FALSE(match_keyword(std::string_view("st\0op", 5)));
  expect(std::string(2000, ' ') + "stop", meaning::out, "stop");
}

struct words {
  meaning action;
  origin list;
  std::vector<std::string_view> all;
};

// The lists as the providers' documents give them, whole.
TEST(keyword, every_word_of_the_lists_is_found) {
  const std::vector<words> lists = {
      {meaning::out, origin::source, {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt-out", "opt out", "remove"}},
      {meaning::out, origin::source, {"arret", "arrete", "arrett", "td", "alto"}},
      {meaning::out, origin::memory, {"desabonner", "stopper", "parar", "pare", "baja", "cancelar", "detener", "salir", "sair"}},
      {meaning::out, origin::memory, {"stopp", "abmelden", "ende", "basta", "annulla", "stoppen", "afmelden"}},
      {meaning::in, origin::source, {"start", "unstop", "yes", "debuter", "nonarret"}},
      {meaning::in, origin::memory, {"iniciar", "comenzar"}},
      {meaning::help, origin::source, {"help", "info", "aide", "ayuda"}},
      {meaning::help, origin::memory, {"hilfe"}}};
  for (const words& list : lists)
    for (std::string_view word : list.all)
      expect("** " + std::string(word) + " **", list.action, normalise_keyword(word), list.list);
  EXPECT_FALSE(match_keyword("unsubscribe unsubscribe"));
}

TEST(keyword, the_version_names_the_unicode_tables) { EXPECT_NE(keyword_version().find("ICU"), std::string::npos); }

} // namespace
} // namespace millrace
