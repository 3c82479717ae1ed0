// Over random texts of the characters that are hard to fold: folding twice changes nothing, and the way by the table
// gives what the way by ICU gives. MILLRACE_SEED=<n> replays a failure, MILLRACE_ROUNDS=<n> makes more of it.
#include "text/fold_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace millrace {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void append(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Blocks whose characters compose, decompose, fold, vanish or are space.
struct block {
  char32_t first, last;
};
constexpr block blocks[] = {
    {0x20, 0x7E},     {0x00, 0x20},     {0xA0, 0x24F},    {0x300, 0x36F},   {0x370, 0x3FF},   {0x600, 0x6FF},    {0x622, 0x65F},
    {0x640, 0x655},   {0x8A0, 0x8FF},   {0x1E00, 0x1FFF}, {0x2000, 0x206F}, {0x2100, 0x214F}, {0x2FF0, 0x3010},  {0xAC00, 0xAC20},
    {0x1100, 0x11FF}, {0xFB00, 0xFB06}, {0xFB50, 0xFDFF}, {0xFE00, 0xFE0F}, {0xFE70, 0xFEFF}, {0xFF00, 0xFFEF},  {0x1F600, 0x1F640},
    {0x900, 0x9FF},   {0x1, 0x2FFF},    {0x1, 0xD7FF},    {0xE000, 0xFFFD}, {0x10000, 0x10FFFF},
};

class texts {
public:
  explicit texts(std::uint64_t seed) : random_(seed) {}
  std::string next() {
    std::string out;
    // Few blocks a text, so that marks meet the letters that they compose with.
    const std::vector<block> chosen = {blocks[below(std::size(blocks))], blocks[below(std::size(blocks))]};
    for (auto left = below(12); left > 0; --left) {
      const auto& b = chosen[below(chosen.size())];
      append(out, static_cast<char32_t>(b.first + below(b.last - b.first + 1)));
      if (below(200) == 0)
        out += static_cast<char>(below(256));
    }
    return out;
  }

private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  std::mt19937_64 random_;
};

// An emoji sends a text the long way and touches nothing beside it.
std::string by_icu(const std::string& text) {
  auto folded = fold_text(text + " \U0001F600");
  folded.resize(folded.size() - 4);
  if (!folded.empty())
    folded.pop_back();
  return folded;
}

std::string hex(const std::string& text) {
  std::string out;
  for (unsigned char c : text)
    out += "0123456789abcdef"[c >> 4], out += "0123456789abcdef"[c & 15], out += ' ';
  return out;
}

} // namespace

TEST(fold_text_property, folding_twice_changes_nothing_and_both_ways_agree) {
  const auto first = number_from("MILLRACE_SEED", 1);
  const auto rounds = number_from("MILLRACE_ROUNDS", 50'000);
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    const auto text = texts(seed).next();
    const auto folded = fold_text(text);
    ASSERT_EQ(hex(fold_text(folded)), hex(folded)) << hex(text) << "\nreplay with MILLRACE_SEED=" << seed << " MILLRACE_ROUNDS=1";
    ASSERT_EQ(hex(by_icu(text)), hex(folded)) << hex(text) << "\nreplay with MILLRACE_SEED=" << seed << " MILLRACE_ROUNDS=1";
  }
}

TEST(fold_text_property, every_character_alone_and_between_letters) {
  for (char32_t c = 1; c < 0x11000; ++c) {
    if (c >= 0xD800 && c < 0xE000)
      continue;
    for (const std::string before : {"", "a", "ا", " "}) {
      std::string text = before;
      append(text, c);
      text += "e ب";
      const auto folded = fold_text(text);
      ASSERT_EQ(hex(fold_text(folded)), hex(folded)) << hex(text);
      ASSERT_EQ(hex(by_icu(text)), hex(folded)) << hex(text);
    }
  }
}

// Most of what people write, sixteen bytes and more of it.
TEST(fold_text_property, common_letters_by_the_sixteen_agree_with_icu) {
  constexpr block common[] = {{'a', 'z'}, {'A', 'Z'}, {' ', ' '}, {0x20, 0x7E}, {0xC0, 0xFF}, {0x621, 0x64A}, {0x660, 0x669}};
  const auto first = number_from("MILLRACE_SEED", 1);
  const auto rounds = number_from("MILLRACE_ROUNDS", 20'000);
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    std::mt19937_64 random(seed);
    std::string text;
    for (auto left = random() % 90; left > 0; --left) {
      const auto& b = random() % 40 ? common[random() % std::size(common)] : blocks[random() % std::size(blocks)];
      append(text, static_cast<char32_t>(b.first + random() % (b.last - b.first + 1)));
    }
    ASSERT_EQ(hex(by_icu(text)), hex(fold_text(text))) << hex(text) << "\nreplay with MILLRACE_SEED=" << seed << " MILLRACE_ROUNDS=1";
  }
}

TEST(fold_text_property, every_character_at_every_place_of_a_long_text) {
  for (char32_t c = 1; c < 0x800; ++c)
    for (std::size_t at = 0; at < 18; ++at) {
      std::string text(at, 'a');
      append(text, c);
      text += std::string(40, 'b');
      ASSERT_EQ(hex(by_icu(text)), hex(fold_text(text))) << hex(text);
    }
}

} // namespace millrace
