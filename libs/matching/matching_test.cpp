#include "core/failure.hpp"
#include "matching/matcher.hpp"
#include "matching/regexes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

namespace millrace::matching {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ids = std::vector<std::uint32_t>;

// Both ways of looking for literals must say the same.
ids match(const std::vector<pattern>& patterns, const std::vector<std::string_view>& texts) {
  const auto fast = matcher(patterns).match(texts);
  EXPECT_EQ(matcher(patterns, search::plain).match(texts), fast);
  return fast;
}

pattern words(std::uint32_t id, std::string text, std::uint8_t target = 0) { return {id, target, mode::contains, std::move(text)}; }
pattern exact(std::uint32_t id, std::string text, std::uint8_t target = 0) { return {id, target, mode::exact, std::move(text)}; }
pattern regex(std::uint32_t id, std::string_view written, std::uint8_t target = 0) {
  auto read = read_regex(written);
  EXPECT_EQ(read.state, state::ok) << written << ": " << read.reason;
  return {id, target, mode::regex, std::move(read.text)};
}
bool finds(std::string_view written, std::string_view text) { return match({regex(1, written)}, {text}) == ids{1}; }

} // namespace

TEST(matcher, this_machine_is_searched_by_vectorscan_unless_it_must_not) {
  const std::vector<pattern> one = {words(1, "dental")};
  EXPECT_EQ(matcher(one).built().vectorscan, has_vectorscan());
  EXPECT_FALSE(matcher(one, search::plain).built().vectorscan);
}

TEST(matcher, words_are_found_however_they_are_written) {
  const std::vector<pattern> patterns = {words(1, "Dental"), words(2, "عيادة"), words(3, "ÉLÈVE"), words(4, "dentist")};
  EXPECT_EQ(match(patterns, {"Riyadh DENTAL  Clinic"}), ids{1});
  EXPECT_EQ(match(patterns, {"عِيَـادَه الأسنان"}), ids{2});
  EXPECT_EQ(match(patterns, {"un e\u0301le\u0300ve, den\u00ADtal"}), (ids{1, 3}));
  EXPECT_EQ(match(patterns, {"eleve"}), ids{});
}

TEST(matcher, words_match_inside_words_and_over_one_space_only) {
  EXPECT_EQ(match({words(1, "dent")}, {"accidental"}), ids{1});
  EXPECT_EQ(match({words(1, "dental   clinic")}, {"dental\n clinic"}), ids{1});
  EXPECT_EQ(match({words(1, "dental clinic")}, {"dentalclinic"}), ids{});
}

TEST(matcher, exact_is_the_whole_text) {
  const std::vector<pattern> patterns = {exact(1, "Clinic"), exact(2, "clinic "), exact(3, "clini")};
  EXPECT_EQ(match(patterns, {" CLINIC"}), (ids{1, 2}));
  EXPECT_EQ(match(patterns, {"clinics"}), ids{});
  EXPECT_EQ(match(patterns, {"a clinic"}), ids{});
}

TEST(matcher, a_pattern_looks_into_its_target_alone) {
  const std::vector<pattern> patterns = {words(1, "a", 0), words(2, "a", 1), exact(3, "a", 2), regex(4, "a", 15)};
  EXPECT_EQ(match(patterns, {"a", "b", "b"}), ids{1});
  EXPECT_EQ(match(patterns, {"b", "a", "a"}), (ids{2, 3}));
  std::vector<std::string_view> all(targets_max, "a");
  EXPECT_EQ(match(patterns, all), (ids{1, 2, 3, 4}));
  all.push_back("a"); // one more than there can be
  EXPECT_EQ(match(patterns, all), (ids{1, 2, 3, 4}));
}

TEST(matcher, nothing_reaches_from_one_target_into_the_next) {
  EXPECT_EQ(match({words(1, "ab", 0), words(2, "ab", 1), regex(3, "ab", 0), regex(4, "ab", 1)}, {"a", "b"}), ids{});
}

TEST(matcher, ids_are_sorted_and_each_is_said_once) {
  const std::vector<pattern> patterns = {words(9, "clinic"), words(2, "clinic"), regex(5, "clin"), words(9, "c"), exact(2, "clinic", 1)};
  EXPECT_EQ(match(patterns, {"clinic clinic", "clinic"}), (ids{2, 5, 9}));
}

TEST(matcher, the_order_of_the_patterns_does_not_matter) {
  std::vector<pattern> patterns = {words(1, "ab"), words(2, "b"), words(3, "abc"), exact(4, "abc"), regex(5, "^a"), regex(6, "c$"), regex(7, "^a")};
  std::sort(patterns.begin(), patterns.end(), [](const auto& a, const auto& b) { return a.text > b.text; });
  do {
    ASSERT_EQ(match(patterns, {"abc"}), (ids{1, 2, 3, 4, 5, 6, 7}));
    std::rotate(patterns.begin(), patterns.begin() + 1, patterns.end());
  } while (patterns.front().id != 1);
}

TEST(matcher, literals_inside_each_other_and_of_few_bytes_are_all_found) {
  std::vector<pattern> patterns;
  std::string nested;
  for (std::uint32_t i = 0; i < 300; ++i)
    patterns.push_back(words(i, nested += 'a'));
  EXPECT_EQ(match(patterns, {std::string(299, 'a') + "b"}).size(), 299u);
  EXPECT_EQ(match({words(1, "x"), words(2, "ab"), words(3, "ب"), words(4, "é"), words(5, "م")}, {"cab ب É"}), (ids{2, 3, 4}));
  EXPECT_EQ(match({words(1, "abab"), words(2, "bab"), words(3, "ba")}, {"ababab"}), (ids{1, 2, 3}));
}

TEST(matcher, nul_is_a_byte_like_any_other) {
  EXPECT_EQ(match({words(1, "a\0b"s), words(2, "a"), words(3, "a\0c"s), exact(4, "\0a\0b"s), exact(5, ""s), words(6, "\0"s)}, {"\0a\0b"sv}), (ids{1, 2, 4, 6}));
  EXPECT_EQ(match({regex(1, "a.b"), regex(2, "b$"), regex(3, "\\x00a")}, {"\0a\0b"sv}), (ids{1, 2, 3}));
}

TEST(matcher, empty_texts_and_empty_patterns_match_nothing) {
  const std::vector<pattern> patterns = {words(1, ""), exact(2, ""), words(3, " ـ\u200B"), {4, 0, mode::regex, ""}, regex(5, ".*"), regex(6, "^$"), exact(7, " ")};
  EXPECT_EQ(match(patterns, {""}), ids{});
  EXPECT_EQ(match(patterns, {}), ids{});
  EXPECT_EQ(match(patterns, {"a"}), ids{5});
  EXPECT_EQ(match(patterns, {" "}), ids{5}); // as written it is not empty
  EXPECT_EQ(match({}, {"a"}), ids{});
}

TEST(matcher, broken_utf8_in_a_text_matches_around_it) {
  EXPECT_EQ(match({words(1, "dental"), words(2, "\uFFFD"), regex(3, "clinic$"), regex(4, "^dental.clinic")}, {"dental\xFF" "clinic"}), (ids{1, 2, 3}));
}

TEST(matcher, a_megabyte_of_text_is_searched_to_its_end) {
  std::string large;
  while (large.size() < 1'000'000)
    large += "قمر word ";
  const std::vector<pattern> patterns = {words(1, "at the end"), regex(2, "the end$"), exact(3, large), exact(4, large + "x")};
  EXPECT_EQ(match(patterns, {large}), ids{3});
  EXPECT_EQ(match(patterns, {large + "AT THE END"}), (ids{1, 2}));
}

TEST(matcher, regexes_look_at_the_text_as_written) {
  EXPECT_TRUE(finds("clinic  s", "CLINIC  S"));
  EXPECT_FALSE(finds("clinic s", "clinic  s"));
  EXPECT_TRUE(finds("عيادة", "عيادة"));
  EXPECT_FALSE(finds("عيادة", "عياده"));
}

TEST(matcher, many_threads_match_at_once) {
  std::vector<pattern> patterns;
  for (std::uint32_t i = 0; i < 200; ++i) {
    patterns.push_back(words(2 * i, "word" + std::to_string(i) + "x"));
    patterns.push_back(regex(2 * i + 1, "\\bword" + std::to_string(i) + "x\\b"));
  }
  const matcher m(patterns);
  std::vector<std::thread> threads;
  std::vector<std::size_t> wrong(6);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 400; ++i) {
        const auto text = "a word" + std::to_string(i % 200) + "x here";
        const std::string_view texts[] = {text};
        wrong[t] += m.match(texts) != ids{2 * (i % 200), 2 * (i % 200) + 1};
      }
    });
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(wrong, std::vector<std::size_t>(6));
}

TEST(matcher, a_moved_matcher_matches_and_a_target_that_is_none_is_a_bug) {
  const std::vector<pattern> one = {words(1, "a"), regex(2, "a")};
  matcher first(one);
  const matcher second(std::move(first));
  const std::string_view texts[] = {"a"};
  EXPECT_EQ(second.match(texts), (ids{1, 2}));
  const std::vector<pattern> none = {words(1, "a", targets_max)};
  EXPECT_THROW(matcher{none}, bug);
}

TEST(matcher, what_re2_refuses_costs_nothing_at_match_time) {
  std::vector<pattern> patterns = {regex(1, "clinic")};
  for (std::uint32_t i = 2; i < 5002; ++i)
    patterns.push_back({i, 0, mode::regex, "(" + std::to_string(i)});
  EXPECT_EQ(match(patterns, {"a clinic (17"}), ids{1});
  EXPECT_EQ(matcher(patterns).built().regexes, 1u);
  EXPECT_EQ(matcher(patterns).built().regex_sets, 1u);
}

TEST(regexes, a_set_without_memory_is_split_and_says_the_same) {
  std::vector<std::string> sources;
  for (int i = 0; i < 60; ++i)
    sources.push_back("(?i)word" + std::to_string(i) + "\\b.{0,30}end");
  const std::string text = "Word7 and word59, word33 at the END";
  const auto found = [&](std::int64_t memory, std::size_t& sets) {
    const regexes r(sources, memory);
    ids places;
    r.find(text, places);
    std::sort(places.begin(), places.end());
    sets = r.sets();
    return places;
  };
  std::size_t whole = 0, split = 0, alone = 0;
  EXPECT_EQ(found(regexes::set_memory_bytes, whole), (ids{7, 33, 59}));
  EXPECT_EQ(found(200'000, split), (ids{7, 33, 59}));
  EXPECT_EQ(found(100, alone), (ids{7, 33, 59})); // not even one fits
  EXPECT_EQ(whole, 1u);
  EXPECT_GT(split, 1u);
  EXPECT_LT(split, 60u);
  EXPECT_EQ(alone, 60u);
}

TEST(regexes, whatever_memory_there_is_the_answers_are_the_same) {
  std::vector<std::string> sources;
  std::string text;
  for (int i = 0; i < 12; ++i) {
    sources.push_back("(a|b)*" + std::string(i % 2 ? "a" : "b") + "(a|b){" + std::to_string(i) + "}c");
    text += (i * 7 % 3) ? "abba" : "bbabc";
  }
  ids expected;
  regexes(sources).find(text, expected);
  std::sort(expected.begin(), expected.end());
  EXPECT_GT(expected.size(), 2u);
  for (std::int64_t memory = 1'000; memory < 300'000; memory += memory / 12) {
    ids found;
    regexes(sources, memory).find(text, found);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected) << memory;
  }
}

TEST(regexes, say_by_which_words_they_are_found) {
  const regexes some({"(?i)Dental\\s+CLINIC|nurses?", "(?i)[a-z]+", "École {2}Été", "عيادة", "x", "(?i)a bc"});
  EXPECT_EQ(some.clues(), (std::vector<std::string>{"clinic", "dental", "nurse", "école", "عياده"}));
  EXPECT_EQ(some.size(), 6u);
  EXPECT_EQ(some.sets(), 2u) << "those with clues, and those without";
}

TEST(matcher, a_regex_is_found_whatever_becomes_of_its_words_when_the_text_is_folded) {
  const std::vector<pattern> patterns = {regex(1, "cafe"), regex(2, "tea  room"), regex(3, "/عيَادة/"), regex(4, "straße"), regex(5, "/ clinic /"),
                                         regex(6, "\\x{1F600}abc"), regex(7, "K2 peak"), words(8, "cafe")};
  EXPECT_EQ(match(patterns, {"a Cafe"}), (ids{1, 8}));
  EXPECT_EQ(match(patterns, {"a cafe\u0301"}), ids{1}) << "folded it is another word, as written it is there";
  EXPECT_EQ(match(patterns, {"cafe 😀"}), (ids{1, 8})) << "folded by ICU";
  EXPECT_EQ(match(patterns, {"a tea  room"}), ids{2});
  EXPECT_EQ(match(patterns, {"a tea room"}), ids{});
  EXPECT_EQ(match(patterns, {"عيَادة"}), ids{3});
  EXPECT_EQ(match(patterns, {"عيادة"}), ids{});
  EXPECT_EQ(match(patterns, {"STRAẞE"}), ids{4});
  EXPECT_EQ(match(patterns, {"strasse"}), ids{});
  EXPECT_EQ(match(patterns, {"a clinic b"}), ids{5});
  EXPECT_EQ(match(patterns, {"clinic"}), ids{});
  EXPECT_EQ(match(patterns, {"😀ABC"}), ids{6});
  EXPECT_EQ(match(patterns, {"\u212A2 PEA\u212A"}), ids{7}) << "the kelvin sign is a K";
}

TEST(matcher, many_regexes_whose_words_are_there_are_all_tried) {
  std::vector<pattern> patterns;
  ids expected;
  std::string text;
  for (std::uint32_t i = 0; i < 40; ++i) {
    patterns.push_back(regex(i, "word" + std::to_string(i) + (i % 3 ? "\\b" : "!")));
    text += "word" + std::to_string(i) + " ";
    if (i % 3)
      expected.push_back(i);
    EXPECT_EQ(match(patterns, {text}), expected) << i;
  }
}

// A regex says of each letter in which cases it matches, and folding must agree of all of them: else its word would not be seen.
TEST(matcher, each_letter_that_a_regex_takes_for_another_folds_like_it) {
  const auto letter = [](std::uint32_t c) {
    std::string out;
    if (c < 0x800)
      out = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    else
      out = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | ((c >> 6) & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    return c < 0x80 ? std::string(1, static_cast<char>(c)) : out;
  };
  std::vector<pattern> patterns;
  std::vector<std::string> sources;
  for (std::uint32_t c = 'A'; c < 0x3000; ++c)
    if (c >= 0x80 || std::isalpha(static_cast<int>(c))) {
      sources.push_back("(?i)abc" + letter(c) + "xyz");
      patterns.push_back({static_cast<std::uint32_t>(patterns.size()), 0, mode::regex, sources.back()});
    }
  const matcher by_clues(patterns);
  const regexes all(sources);
  for (std::uint32_t c = 'A'; c < 0x3000; ++c) {
    const auto text = "ABC" + letter(c) + "xyz";
    ids expected;
    all.find(text, expected);
    std::sort(expected.begin(), expected.end());
    const std::string_view texts[] = {text};
    ASSERT_EQ(by_clues.match(texts), expected) << c;
  }
}

TEST(literals, two_scans_at_once_have_two_scratches_and_one_that_is_given_back_is_taken_again) {
  if (!has_vectorscan())
    GTEST_SKIP() << "this processor needs no scratch";
  scratch_pool pool;
  EXPECT_EQ(pool.take(), nullptr);
  const literals one({"a"}, search::fastest, pool);
  auto first = pool.take();
  const auto second = pool.take();
  EXPECT_NE(first, nullptr);
  EXPECT_NE(first.get(), second.get());
  const auto* was = first.get();
  first.reset();
  EXPECT_EQ(pool.take().get(), was);
}

TEST(literals, of_which_a_piece_is_looked_for_are_found_whole_or_not_at_all) {
  const std::string a(literals::whole_bytes, 'a'), b(literals::whole_bytes, 'b');
  const std::vector<std::string> many = {a, a + "x", "x" + a, a + b, b + a, a + b + a, b + b + b, a + a, a + a + "a", "x\0"s + b, "x"};
  std::vector<pattern> patterns;
  for (std::size_t i = 0; i < many.size(); ++i)
    patterns.push_back(words(static_cast<std::uint32_t>(i), many[i]));
  for (const auto& left : many)
    for (const auto& right : many) {
      ids expected;
      const auto text = left + right;
      for (std::size_t i = 0; i < many.size(); ++i)
        if (text.find(many[i]) != text.npos)
          expected.push_back(static_cast<std::uint32_t>(i));
      EXPECT_EQ(match(patterns, {text}), expected) << text;
    }
  EXPECT_EQ(match(patterns, {a.substr(1) + b.substr(1)}), ids{}) << "both pieces but for a byte";
}

// Processor time, so that whatever else runs does not count. Looked for whole they took thirty times as long as their beginnings.
TEST(literals, that_end_alike_are_made_as_soon_as_those_that_do_not) {
  const auto seconds = [](auto literal) {
    std::vector<std::string> many;
    for (int i = 0; i < 5'000; ++i)
      many.push_back(literal(i));
    scratch_pool pool;
    const auto began = std::clock();
    const literals made(std::move(many), search::fastest, pool);
    return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  };
  const auto tail = std::string(450, 'a');
  const auto cut = seconds([&](int i) { return std::to_string(100'000 + i); });
  const auto whole = seconds([&](int i) { return std::to_string(100'000 + i) + tail; });
  EXPECT_LT(whole, 4 * cut + 0.2) << "the digits alone: " << cut << " s";
}

TEST(regexes, patterns_that_ruin_backtracking_engines_end_soon) {
  const std::string text = std::string(100'000, 'a') + "!";
  EXPECT_FALSE(finds("(a+)+$", text));
  EXPECT_FALSE(finds("(a|aa)+$", text));
  EXPECT_FALSE(finds("^(([a-z])+.)+[A-Z]([a-z])+$", text));
  EXPECT_FALSE(finds("(a|b)*a(a|b){12}c", text));
}

TEST(read_regex, without_delimiters_case_does_not_matter) {
  EXPECT_EQ(read_regex("Clinic").text, "(?i)Clinic");
  EXPECT_TRUE(finds("clinic|ÉCOLE", "école"));
  EXPECT_TRUE(finds("a|Clinic", "CLINIC"));
  EXPECT_TRUE(finds("^clinic\\b", "Clinic 5"));
  EXPECT_TRUE(finds("(foo|bar)", "BAR")); // brackets are no delimiters here
}

TEST(read_regex, between_delimiters_the_flags_count) {
  EXPECT_TRUE(finds("/clinic/", "clinic"));
  EXPECT_FALSE(finds("/clinic/", "Clinic"));
  EXPECT_TRUE(finds("/clinic/i", "Clinic"));
  EXPECT_TRUE(finds("#عيادة#u", "عيادة"));
  EXPECT_TRUE(finds("~a.b~s", "a\nb"));
  EXPECT_FALSE(finds("~a.b~", "a\nb"));
  EXPECT_TRUE(finds("/^b$/m", "a\nb"));
  EXPECT_FALSE(finds("/^b$/", "a\nb"));
  EXPECT_TRUE(finds("/^B.c$/smiui", "a\nb\nc"));
  EXPECT_TRUE(finds(" /a/i \n", "A"));
}

TEST(read_regex, an_escaped_delimiter_is_a_character) {
  EXPECT_TRUE(finds("/a\\/b/", "a/b"));
  EXPECT_TRUE(finds("#a\\#b#", "a#b"));
  EXPECT_TRUE(finds("~\\~~", "~"));
  EXPECT_TRUE(finds("/a\\\\/", "a\\"));
  EXPECT_EQ(read_regex("/a\\/").state, state::bad_regex);
}

TEST(read_regex, flags_that_are_unknown_and_delimiters_that_stay_open_are_bad) {
  for (const auto* written : {"/a/x", "/a/ig", "/a/b/", "/a/ i", "/a/I"}) {
    EXPECT_EQ(read_regex(written).state, state::bad_regex) << written;
    EXPECT_NE(read_regex(written).reason.find("only i, m, s and u are known"), std::string::npos) << written;
  }
  for (const auto* written : {"/", "/shop", "#a", "~a/", "#"}) {
    EXPECT_EQ(read_regex(written).state, state::bad_regex) << written;
    EXPECT_NE(read_regex(written).reason.find("no closing one"), std::string::npos) << written;
  }
}

TEST(read_regex, what_re2_refuses_is_bad_with_its_reason) {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"(a)\\1", "invalid escape sequence: \\1"}, {"a(?=b)", "invalid perl operator: (?="}, {"(?<!a)b", "invalid perl operator: (?<"},
      {"a{1,2000}", "invalid repetition size: {1,2000}"}, {"((a{100}){100}){100}", "invalid repetition size"}, {"(a", "missing ): "},
      {"a)", "unexpected ): "}, {"*a", "no argument for repetition operator: *"}, {"[z-a]", "invalid character class range: z-a"},
      {"\xFF", "invalid UTF-8"}, {"/*a/", "no argument for repetition operator: *"}, {"(?>a)", "invalid perl operator: (?>"},
      {"\\pL{900}", "pattern too large - compile failed"},
  };
  for (const auto& [written, reason] : refused) {
    const auto read = read_regex(written);
    EXPECT_EQ(read.state, state::bad_regex) << written;
    EXPECT_EQ(read.reason.find(reason), 0u) << written << ": " << read.reason;
    EXPECT_EQ(read.text, "") << written;
  }
}

TEST(read_regex, nothing_is_empty_and_more_than_500_bytes_are_too_long) {
  for (const auto* written : {"", " \t\n", "//", "##i", "~~"})
    EXPECT_EQ(read_regex(written).state, state::empty) << written;
  EXPECT_EQ(read_regex(std::string(500, 'a')).state, state::ok);
  EXPECT_EQ(read_regex(std::string(501, 'a')).state, state::too_long);
  EXPECT_EQ(read_regex("/" + std::string(498, 'a') + "/").state, state::ok);
  EXPECT_EQ(read_regex("/" + std::string(498, 'a') + "/i").state, state::too_long);
  EXPECT_EQ(read_regex(std::string(501, '(')).state, state::too_long);
  EXPECT_EQ(read_regex("a{1,2000}").text, "");
}

TEST(read_words, words_are_folded_or_empty_or_too_long) {
  EXPECT_EQ(read_words(" Dental  Clinic ").text, "dental clinic");
  EXPECT_EQ(read_words("").state, state::empty);
  EXPECT_EQ(read_words(" ").state, state::empty);
  EXPECT_EQ(read_words("ـ\u200F").state, state::empty);
  EXPECT_EQ(read_words(std::string(500, 'a')).state, state::ok);
  EXPECT_EQ(read_words(std::string(501, 'a')).state, state::too_long);
}

TEST(read_words, a_state_has_the_name_that_people_see) {
  EXPECT_EQ(name_of(state::ok), "ok");
  EXPECT_EQ(name_of(state::empty), "empty");
  EXPECT_EQ(name_of(state::bad_regex), "bad_regex");
  EXPECT_EQ(name_of(state::too_long), "too_long");
}

} // namespace millrace::matching
