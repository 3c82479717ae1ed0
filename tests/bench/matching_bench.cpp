// Benchmark of matching: 10,000 keywords (each in name and in types), 4,500 literal rules and 500 regexes over leads of
// about 1 KB in eight targets, with Arabic, French and English words. No server.
//   matching_bench [texts]     µs a text, build seconds, ÷ a plain loop over the same rules in the same run
// Prints one JSON object.
#include "matching/matcher.hpp"
#include "text/fold_text.hpp"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace millrace;
using steady = std::chrono::steady_clock;

namespace {

double seconds_since(steady::time_point start) { return std::chrono::duration<double>(steady::now() - start).count(); }

// Seeded: each run measures the same texts and rules.
class dice {
public:
  std::size_t below(std::size_t end) { return random_() % end; }

private:
  std::mt19937_64 random_{1};
};

constexpr std::size_t targets = 8, name = 0, types = 1;
constexpr std::array<std::size_t, targets> target_bytes = {200, 300, 150, 50, 200, 40, 30, 30};
using lead = std::array<std::string, targets>;

std::string word(dice& d) {
  static const std::vector<std::string> arabic = {"ا", "ب", "ت", "ج", "د", "ر", "س", "ش", "ع", "ف", "ق", "ل", "م", "ن", "ه", "و", "ي", "أ", "ة"};
  static const std::vector<std::string> consonants = {"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v"};
  static const std::vector<std::string> english = {"a", "e", "i", "o", "u"}, french = {"a", "e", "é", "è", "o", "ou", "eau", "ê"};
  std::string out;
  const auto language = d.below(3);
  const auto syllables = 2 + d.below(3);
  for (std::size_t i = 0; i < syllables; ++i) {
    if (language == 0) {
      out += arabic[d.below(arabic.size())] + arabic[d.below(arabic.size())];
    } else {
      const auto& vowels = language == 1 ? english : french;
      out += consonants[d.below(consonants.size())] + vowels[d.below(vowels.size())];
    }
  }
  if (language != 0 && d.below(3) == 0)
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

struct world {
  dice d;
  std::vector<std::string> vocabulary;
  std::vector<matching::pattern> patterns;
  std::vector<lead> leads;

  explicit world(std::size_t texts) {
    for (int i = 0; i < 20'000; ++i)
      vocabulary.push_back(word(d));
    const auto literals = distinct(14'500);
    for (std::size_t i = 0; i < literals.size(); ++i)
      if (i < 10'000) {
        add(name, matching::mode::contains, literals[i]);
        add(types, matching::mode::contains, literals[i]);
      } else {
        add(i % targets, i % 10 == 0 ? matching::mode::exact : matching::mode::contains, literals[i]);
      }
    for (std::size_t i = 0; i < 500; ++i)
      add(i % targets, matching::mode::regex, matching::read_regex(expression()).text);
    leads.resize(texts);
    for (auto& l : leads)
      for (std::size_t t = 0; t < targets; ++t)
        while (l[t].size() < target_bytes[t])
          l[t] += (d.below(10) ? word(d) : known()) + " "; // one word in ten is a rule's
  }

private:
  const std::string& known() { return vocabulary[d.below(vocabulary.size())]; }
  std::vector<std::string> distinct(std::size_t count) {
    std::set<std::string> seen;
    std::vector<std::string> all;
    while (all.size() < count) {
      auto text = fold_text(known() + (d.below(2) ? " " + known() : ""));
      if (seen.insert(text).second)
        all.push_back(std::move(text));
    }
    return all;
  }
  std::string expression() {
    switch (d.below(4)) {
    case 0:
      return "\\b" + known() + "\\b";
    case 1:
      return "/" + known() + "s?\\s+" + known() + "/iu";
    case 2:
      return "(" + known() + "|" + known() + ")[a-z]*s$";
    default:
      return "^" + known() + ".*" + known();
    }
  }
  void add(std::size_t target, matching::mode how, std::string text) {
    patterns.push_back({static_cast<std::uint32_t>(patterns.size()), static_cast<std::uint8_t>(target), how, std::move(text)});
  }
};

// The plain loop: each text folded once, each literal looked for by find, each regex by RE2.
class loop {
public:
  explicit loop(const std::vector<matching::pattern>& patterns) : patterns_(patterns) {
    RE2::Options options;
    options.set_never_capture(true);
    for (const auto& p : patterns)
      regexes_.push_back(p.how == matching::mode::regex ? std::make_unique<RE2>(p.text, options) : nullptr);
  }
  std::vector<std::uint32_t> match(const lead& l) const {
    lead folded;
    for (std::size_t t = 0; t < targets; ++t)
      folded[t] = fold_text(l[t]);
    std::vector<std::uint32_t> ids;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const auto& p = patterns_[i];
      const auto& in = folded[p.target];
      if (p.how == matching::mode::regex   ? RE2::PartialMatch(re2::StringPiece(l[p.target].data(), l[p.target].size()), *regexes_[i])
          : p.how == matching::mode::exact ? in == p.text
                                           : in.find(p.text) != in.npos)
        ids.push_back(p.id);
    }
    return ids;
  }

private:
  const std::vector<matching::pattern>& patterns_;
  std::vector<std::unique_ptr<RE2>> regexes_;
};

std::vector<std::uint32_t> match(const matching::matcher& m, const lead& l) {
  std::array<std::string_view, targets> views;
  std::copy(l.begin(), l.end(), views.begin());
  return m.match(views);
}

// The best of some rounds over all leads: other work on the machine only adds.
template <class F>
double best_us(const std::vector<lead>& leads, int rounds, F&& f) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto start = steady::now();
    for (const auto& l : leads)
      f(l);
    best = std::min(best, seconds_since(start) * 1e6 / static_cast<double>(leads.size()));
  }
  return best;
}

} // namespace

int main(int argc, char** argv) {
  const world w(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2'000UL);
  fold_text("warm"); // the table is made once a process
  const auto start = steady::now();
  const matching::matcher m(w.patterns);
  const auto build = seconds_since(start);
  const loop plain(w.patterns);
  std::size_t matched = 0, bytes = 0;
  const std::vector<lead> few(w.leads.begin(), w.leads.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(w.leads.size(), 100)));
  for (const auto& l : few)
    if (match(m, l) != plain.match(l)) {
      std::fprintf(stderr, "the matcher and the loop disagree\n");
      return 1;
    }
  std::string folded;
  const auto fold_us = best_us(w.leads, 10, [&](const lead& l) {
    for (const auto& text : l) {
      folded.clear();
      fold_text_to(text, folded);
    }
  });
  const auto ours = best_us(w.leads, 10, [&](const lead& l) { matched += match(m, l).size(); });
  const auto theirs = best_us(few, 3, [&](const lead& l) { matched += plain.match(l).size(); });
  for (const auto& l : w.leads)
    for (const auto& text : l)
      bytes += text.size();
  std::printf("{\"bench\":\"classify\",\"patterns\":%zu,\"texts\":%zu,\"bytes_per_text\":%zu,\"vectorscan\":%s,\"build_s\":%.2f,\"us_per_text\":%.2f,"
              "\"fold_us\":%.2f,\"loop_us\":%.0f,\"ratio\":%.0f,\"matched\":%zu}\n",
              w.patterns.size(), w.leads.size(), bytes / w.leads.size(), m.built().vectorscan ? "true" : "false", build, ours, fold_us, theirs, theirs / ours, matched);
  return 0;
}
