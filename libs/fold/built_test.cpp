#include "core/failure.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

using namespace millrace;
using namespace millrace::fold;

namespace {

// Words, of which an index is made by all who ask for the longest of them.
const table words{.name = "words", .columns = {{.name = "word"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}, {.name = "all", .columns = {}, .order = 0}}};
const table answers{.name = "answers", .columns = {{.name = "asker"}, {.name = "longest"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};

constexpr std::size_t page_most = 100;
int readings = 0, makings = 0;
std::vector<row> all_words(reader& r) {
  ++readings;
  std::vector<row> all;
  std::string after;
  for (;;) {
    const auto& page = r.rows_after(words, 1, "", after, page_most);
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < page_most)
      return all;
    after = position_of(words, words.paths[1], page.back());
  }
}
std::string longest_of(const std::vector<row>& all) {
  ++makings;
  std::string longest;
  for (const auto& w : all) {
    if (w[0]->size() > longest.size())
      longest = *w[0];
    if (*w[0] == "broken")
      throw bug("cannot be built");
  }
  return longest;
}

void derive_answer(std::string_view asker, reader& r, rows_out& out) {
  out.claim(answers, 0, asker);
  const auto& facts = r.facts("asks", asker);
  if (facts.empty())
    return;
  const auto longest = r.built<std::string>("longest", facts.back().text_or_empty("hash"), all_words, longest_of);
  out.put(answers, {std::string(asker), longest ? *longest : "?"});
}

const graph& asking() {
  static const graph g{.functions = {{.name = "answer", .derive = derive_answer}}, .triggers = {{.kind = "asks", .function = "answer"}}, .tables = {&words, &answers}};
  return g;
}

fact asks(const std::string& who, const std::string& hash) {
  fact f;
  f.kind = "asks";
  f.key = who;
  f.event_id = who + hash;
  f.at = stamp::make({second_us}, false, f.event_id, f.kind, f.key, 0);
  f.fields["hash"] = {hash};
  return f;
}

memory_store with_words(std::size_t n) {
  memory_store s;
  std::vector<row> rows;
  for (std::size_t i = 1; i <= n; ++i)
    rows.push_back({std::string(i, 'a')});
  s.write(words, {}, rows);
  return s;
}

int times_made(memory_store& s, const std::vector<fact>& facts, pass_result* result = nullptr) {
  std::vector<mark> marks;
  for (const auto& f : facts) {
    s.add(f);
    marks.push_back({f.kind, f.key});
  }
  const int before = makings;
  readings = 0;
  const auto done = run_pass(asking(), s, marks);
  if (result)
    *result = done;
  return makings - before;
}

} // namespace

TEST(built, is_made_of_what_is_loaded_once_a_hash_for_all_who_ask) {
  auto s = with_words(250);
  std::vector<fact> facts;
  for (int i = 0; i < 50; ++i)
    facts.push_back(asks("asker" + std::to_string(i), "of these"));
  const auto made = times_made(s, facts);
  EXPECT_EQ(s.tables().at("answers").size(), 50u);
  for (const auto& [key, r] : s.tables().at("answers"))
    EXPECT_EQ(r[1]->size(), 250u);
  EXPECT_EQ(made, 1) << "of half the words nothing is made";
  EXPECT_EQ(readings, 4) << "the first of 50 asks for each of three pages, in a round each; then it makes it for the others";
  EXPECT_EQ(times_made(s, {asks("another", "of these")}), 0) << "it is kept";
  EXPECT_GT(times_made(s, {asks("a third", "of these, again")}), 0) << "another hash";
}

TEST(built, costs_the_group_that_asks_first_nothing) {
  auto s = with_words(large_group_cost + 50);
  pass_result result;
  times_made(s, {asks("one", "of many")}, &result);
  EXPECT_EQ(s.tables().at("answers").at("one")[1]->size(), large_group_cost + 50);
  EXPECT_TRUE(result.derived.empty()) << "it is no large group";
}

TEST(built, what_cannot_be_made_is_the_groups_bug_and_is_not_kept) {
  auto s = with_words(3);
  s.write(words, {}, std::vector<row>{{"broken"}});
  pass_result result;
  times_made(s, {asks("one", "of broken")}, &result);
  ASSERT_EQ(result.stuck.size(), 1u);
  EXPECT_EQ(result.why.front(), "cannot be built");
  EXPECT_EQ(built_things().find("longest", "of broken"), nullptr);
  std::vector<fact> facts;
  for (int i = 0; i < 50; ++i)
    facts.push_back(asks("asker" + std::to_string(i), "of broken"));
  EXPECT_EQ(times_made(s, facts, &result), 1) << "who asks next in the same pass is told what the first met";
  EXPECT_EQ(result.stuck.size(), 50u);
  EXPECT_EQ(result.why.back(), "cannot be built");
}

// Also those that drive each other out of the cache.
TEST(built, is_made_once_a_pass_however_many_are_asked_for) {
  auto s = with_words(10);
  std::vector<fact> facts;
  const auto things = built_most + 5;
  for (int i = 0; i < 100; ++i)
    facts.push_back(asks("asker" + std::to_string(i), "of ten, " + std::to_string(static_cast<std::size_t>(i) % things)));
  EXPECT_EQ(times_made(s, facts), static_cast<int>(things));
}

TEST(built, the_cache_keeps_those_that_were_asked_for_last) {
  built_cache c(3);
  const auto thing = [](int n) { return std::make_shared<const int>(n); };
  for (int n = 0; n < 3; ++n)
    c.keep("n", std::to_string(n), thing(n), 1);
  const auto kept = c.find("n", "0");
  c.keep("n", "3", thing(3), 1); // instead of 1
  EXPECT_EQ(c.find("n", "1"), nullptr);
  EXPECT_EQ(c.find("m", "3"), nullptr) << "another name";
  ASSERT_NE(c.find("n", "0"), nullptr);
  EXPECT_EQ(*std::static_pointer_cast<const int>(c.find("n", "3")), 3);
  c.keep("n", "3", thing(4), 1);
  EXPECT_EQ(*std::static_pointer_cast<const int>(c.find("n", "3")), 3) << "who comes second with the same is too late";
  EXPECT_EQ(*std::static_pointer_cast<const int>(kept), 0);
}

// A pass that made something slow dies of it and is tried again, perhaps after those of many other projects.
TEST(built, the_cache_keeps_what_takes_long_to_make_until_many_quick_ones_came) {
  built_cache c(3);
  const auto thing = std::make_shared<const int>(0);
  c.keep("slow", "", thing, 60);
  int quick = 0;
  for (; c.find("slow", "") && quick < 60; ++quick) // asked for, it is worth as much again
    c.keep("quick", std::to_string(quick), thing, 1);
  EXPECT_EQ(quick, 60);
  EXPECT_EQ(c.find("quick", "0"), nullptr);
  EXPECT_NE(c.find("quick", "59"), nullptr);

  built_cache unasked(3);
  unasked.keep("slow", "", thing, 60);
  for (int n = 0; n < 20; ++n)
    unasked.keep("quick", std::to_string(n), thing, 1);
  EXPECT_NE(unasked.find("slow", ""), nullptr);
  built_cache forgotten(3);
  forgotten.keep("slow", "", thing, 60);
  for (int n = 0; n < 200; ++n)
    forgotten.keep("quick", std::to_string(n), thing, 1);
  EXPECT_EQ(forgotten.find("slow", ""), nullptr) << "nothing stays for ever";
}

TEST(built, many_threads_ask_at_once) {
  built_cache c(4);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const auto n = (i * 7 + t) % 6;
        if (auto found = c.find("n", std::to_string(n)); found && *std::static_pointer_cast<const int>(found) != n)
          ++wrong;
        else if (!found)
          c.keep("n", std::to_string(n), std::make_shared<const int>(n), i % 3);
      }
    });
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
}
