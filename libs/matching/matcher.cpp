#include "matching/matcher.hpp"

#include "core/failure.hpp"
#include "matching/regexes.hpp"
#include "text/fold_text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

namespace millrace::matching {
namespace {

using id_list = std::vector<std::uint32_t>;
// By text, so that equal patterns are looked for once and the order in which they came is forgotten.
using by_text = std::map<std::string, id_list>;

std::vector<std::string> texts_of(const by_text& patterns) {
  std::vector<std::string> texts;
  for (const auto& [text, ids] : patterns)
    texts.push_back(text);
  return texts;
}

std::vector<id_list> ids_of(by_text& patterns) {
  std::vector<id_list> all;
  for (auto& [text, ids] : patterns)
    all.push_back(std::move(ids));
  return all;
}

struct target_patterns {
  by_text contains, exact, regex;
};

// All that is looked for in one target. The clues of the expressions are looked for among the words.
struct target_index {
  target_index(target_patterns p, search how, scratch_pool& pool)
      : expressions(texts_of(p.regex)), expression_ids(ids_of(p.regex)), literal_count(p.contains.size() + p.exact.size()),
        clue_of_word(add_clues(expressions.clues(), p.contains)), words(texts_of(p.contains), how, pool), word_ids(ids_of(p.contains)),
        whole(p.exact.begin(), p.exact.end()) {}

  regexes expressions;
  std::vector<id_list> expression_ids;
  std::size_t literal_count;
  std::vector<std::uint32_t> clue_of_word; // no_clue of most; empty where there is none
  literals words;
  std::vector<id_list> word_ids;
  std::unordered_map<std::string, id_list> whole;

  static constexpr std::uint32_t no_clue = ~std::uint32_t{0};

private:
  // A clue that is nobody's word becomes one that has no ids. What each word is a clue for is left by its place.
  static std::vector<std::uint32_t> add_clues(const std::vector<std::string>& clues, by_text& contains) {
    if (clues.empty())
      return {};
    for (const auto& clue : clues)
      contains[clue];
    std::vector<std::uint32_t> by_place;
    std::uint32_t next = 0; // both are sorted
    for (const auto& [text, ids] : contains)
      by_place.push_back(next < clues.size() && clues[next] == text ? next++ : no_clue);
    return by_place;
  }
};

void append(const id_list& ids, id_list& to) { to.insert(to.end(), ids.begin(), ids.end()); }

// What a call needs beside its scratch: kept by the thread, as memory costs more than matching does.
struct buffers {
  std::string folded;
  std::vector<std::uint32_t> places, clues;
};

} // namespace

struct matcher::index {
  mutable scratch_pool pool; // before the targets, which are made with it
  std::vector<target_index> targets;
  matcher::size built;

  void match_one(const target_index& t, std::string_view text, hs_scratch* scratch, buffers& b, id_list& ids) const {
    b.clues.clear();
    bool clues_count = false;
    if (!t.word_ids.empty() || !t.whole.empty()) {
      b.folded.clear();
      clues_count = fold_text_to(text, b.folded);
      match_words(t, scratch, b, ids);
    }
    b.places.clear();
    if (clues_count)
      t.expressions.find(text, b.clues, b.places);
    else
      t.expressions.find(text, b.places);
    for (const auto place : b.places)
      append(t.expression_ids[place], ids);
  }

  void match_words(const target_index& t, hs_scratch* scratch, buffers& b, id_list& ids) const {
    b.places.clear();
    t.words.find(b.folded, scratch, b.places);
    for (const auto place : b.places) {
      append(t.word_ids[place], ids);
      if (!t.clue_of_word.empty() && t.clue_of_word[place] != target_index::no_clue)
        b.clues.push_back(t.clue_of_word[place]);
    }
    if (t.whole.empty())
      return;
    if (const auto found = t.whole.find(b.folded); found != t.whole.end())
      append(found->second, ids);
  }
};

matcher::matcher(std::span<const pattern> patterns, search how) {
  std::vector<target_patterns> sorted;
  for (const auto& p : patterns) {
    if (p.target >= targets_max)
      throw bug("pattern " + std::to_string(p.id) + " has the target " + std::to_string(p.target));
    sorted.resize(std::max<std::size_t>(sorted.size(), p.target + std::size_t{1}));
    auto& of = sorted[p.target];
    if (p.how == mode::regex) {
      if (!p.text.empty())
        of.regex[p.text].push_back(p.id);
    } else if (auto folded = fold_text(p.text); !folded.empty()) {
      (p.how == mode::contains ? of.contains : of.exact)[std::move(folded)].push_back(p.id);
    }
  }
  auto made = std::make_unique<index>();
  made->targets.reserve(sorted.size());
  for (auto& of : sorted) {
    const auto& t = made->targets.emplace_back(std::move(of), how, made->pool);
    made->built.literals += t.literal_count;
    made->built.regexes += t.expressions.size();
    made->built.regex_sets += t.expressions.sets();
  }
  made->built.vectorscan = how == search::fastest && has_vectorscan();
  index_ = std::move(made);
}
matcher::matcher(matcher&&) noexcept = default;
matcher::~matcher() = default;

std::vector<std::uint32_t> matcher::match(std::span<const std::string_view> texts) const {
  thread_local buffers b;
  id_list ids;
  const auto scratch = index_->pool.take();
  for (std::size_t t = 0; t < std::min(texts.size(), index_->targets.size()); ++t)
    if (!texts[t].empty())
      index_->match_one(index_->targets[t], texts[t], scratch.get(), b, ids);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

const matcher::size& matcher::built() const { return index_->built; }

} // namespace millrace::matching
