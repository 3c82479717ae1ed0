// Random patterns over random texts, by the matcher in both ways and by a loop that looks for one pattern after the
// other. Texts are of few letters, so that patterns equal, contain and overlap each other and are really found.
// MILLRACE_SEED=<n> replays a failure; MILLRACE_ITERATIONS=<n> runs so many, from that seed on.
#include "matching/matcher.hpp"
#include "text/fold_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace millrace::matching {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// A pattern, and for a regex how the oracle says the same.
struct trial_pattern {
  pattern given;
  std::optional<std::regex> oracle;
};

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  std::string text(std::size_t letters_most) {
    static const std::string letters[] = {"a", "b", "A", "B", "c", " ", "  ", "é", "É", "ا", "أ", "ة", "ه", "َ", "ـ", std::string(1, '\0'), "\xFF", "😀", "\u200F", "\u0301", "ab", "ba", "abc b", "CAB", "bacc  a"};
    const bool plain = below(2) == 0; // of letters that fold by themselves
    std::string out;
    for (auto left = below(letters_most + 1); left > 0; --left)
      out += letters[plain ? below(8) : below(3) ? below(5) : below(std::size(letters))];
    return out;
  }

  // What means the same to both engines: byte by byte or letter by letter makes no difference to ASCII that is named.
  // Nothing that may repeat is repeated: std::regex would try for ever.
  std::string expression(int depth = 0) {
    static const std::string atoms[] = {"a", "b", "A", "c", "[ab]", "[b-d ]", "(ab)", "cab", "abc", "Bac", "(aBc b)", "ab  "};
    static const std::string counts[] = {"", "", "", "*", "+", "?", "{2}", "{1,3}"};
    std::string out;
    for (auto left = 1 + below(3); left > 0; --left)
      out += depth < 2 && below(4) == 0 ? "(" + expression(depth + 1) + "|" + expression(depth + 1) + ")"
                                        : atoms[below(std::size(atoms))] + counts[below(std::size(counts))];
    return out;
  }

  trial_pattern one(std::uint32_t id) {
    const auto target = static_cast<std::uint8_t>(below(3));
    switch (below(5)) {
    case 0:
      return {{id, target, mode::exact, text(4)}, {}};
    case 1:
      return regex(id, target);
    default:
      return {{id, target, mode::contains, text(5)}, {}};
    }
  }

private:
  trial_pattern regex(std::uint32_t id, std::uint8_t target) {
    auto source = expression();
    if (below(4) == 0)
      source = "^(" + source + ")";
    if (below(4) == 0)
      source = "(" + source + ")$";
    static const std::string ways[][2] = {{"", ""}, {"/", "/"}, {"#", "#i"}, {"~", "~u"}};
    const auto& [before, after] = ways[below(std::size(ways))];
    const auto read = read_regex(before + source + after);
    EXPECT_EQ(read.state, state::ok) << source;
    const bool any_case = before.empty() || after == "#i";
    auto flags = std::regex::ECMAScript;
    if (any_case)
      flags |= std::regex::icase;
    return {{id, target, mode::regex, read.text}, std::regex(source, flags)};
  }
  std::mt19937_64 random_;
};

bool matches(const trial_pattern& p, const std::string& text) {
  if (text.empty())
    return false;
  if (p.given.how == mode::regex)
    return std::regex_search(text, *p.oracle);
  const auto looked_for = fold_text(p.given.text), in = fold_text(text);
  if (looked_for.empty())
    return false;
  return p.given.how == mode::exact ? in == looked_for : in.find(looked_for) != in.npos;
}

std::vector<std::uint32_t> by_loop(const std::vector<trial_pattern>& patterns, const std::vector<std::string>& texts) {
  std::set<std::uint32_t> ids;
  for (const auto& p : patterns)
    if (p.given.target < texts.size() && matches(p, texts[p.given.target]))
      ids.insert(p.given.id);
  return {ids.begin(), ids.end()};
}

std::string described(const std::vector<trial_pattern>& patterns, const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& p : patterns)
    out += "\n" + std::to_string(p.given.id) + " in " + std::to_string(p.given.target) + ", mode " + std::to_string(static_cast<int>(p.given.how)) + ": " + testing::PrintToString(p.given.text);
  for (const auto& t : texts)
    out += "\ntext " + testing::PrintToString(t);
  return out;
}

} // namespace

TEST(matching_property, says_what_a_loop_over_the_patterns_says) {
  const auto first = number_from("MILLRACE_SEED", 1);
  const auto count = number_from("MILLRACE_ITERATIONS", std::getenv("MILLRACE_SEED") ? 1 : 300);
  std::size_t found = 0, missed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed) + " matching_property_test");
    generator g(seed);
    std::vector<trial_pattern> patterns;
    std::vector<pattern> given;
    for (auto left = g.below(g.below(4) ? 12 : 150); left > 0; --left) {
      patterns.push_back(g.one(static_cast<std::uint32_t>(g.below(200))));
      given.push_back(patterns.back().given);
    }
    const matcher fast(given), plain(given, search::plain);
    std::shuffle(given.begin(), given.end(), std::mt19937_64(seed));
    const matcher shuffled(given);
    for (int i = 0; i < 30; ++i) {
      std::vector<std::string> texts;
      for (auto left = g.below(5); left > 0; --left)
        texts.push_back(g.text(g.below(10) ? 8 : 60));
      const std::vector<std::string_view> views(texts.begin(), texts.end());
      const auto expected = by_loop(patterns, texts);
      ASSERT_EQ(fast.match(views), expected) << described(patterns, texts);
      ASSERT_EQ(plain.match(views), expected) << described(patterns, texts);
      ASSERT_EQ(shuffled.match(views), expected) << described(patterns, texts);
      found += expected.size();
      missed += patterns.size() - std::min(patterns.size(), expected.size());
    }
  }
  if (count > 100) {
    EXPECT_GT(found, count * 10);
    EXPECT_GT(missed, count * 10);
  }
}

} // namespace millrace::matching
