#include "matching/regexes.hpp"

#include "text/fold_text.hpp"

#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <map>

namespace millrace::matching {
namespace {

RE2::Options options(std::int64_t memory_bytes) {
  RE2::Options o;
  o.set_log_errors(false); // users' mistakes, and memory that runs out, are answered here
  o.set_never_capture(true);
  o.set_max_mem(memory_bytes);
  return o;
}

// Newer releases of RE2 take Abseil's view, which on Debian is not the standard's.
re2::StringPiece searchable(std::string_view text) { return {text.data(), text.size()}; }

// Shorter ones are found in too many texts to be of use.
constexpr int clue_bytes_least = 3;
// As many regexes one after the other cost about what all of them cost together.
constexpr std::size_t alone_most = 8;

// What the folded text contains wherever a text that is folded character by character contains this atom in any case: RE2's cases of a
// letter all fold alike. White space may fold away, so it is the longest of the words between; empty where nothing can be said.
std::string clue_of(const std::string& atom) {
  std::string folded, longest;
  if (!fold_text_to(atom, folded))
    return {};
  for (std::size_t at = 0; at < folded.size();) {
    const auto end = std::min(folded.find(' ', at), folded.size());
    if (end - at > longest.size())
      longest = folded.substr(at, end - at);
    at = end + 1;
  }
  return longest;
}

} // namespace

std::string why_refused(const std::string& regex) {
  const RE2 compiled(regex, options(regex_memory_bytes));
  return compiled.ok() ? std::string{} : compiled.error();
}

struct regexes::compiled {
  std::uint32_t place;
  const RE2* alone; // for the text over which the whole runs out of memory: alone RE2 needs none to go on

  void find(const re2::StringPiece& text, std::vector<std::uint32_t>& found) const {
    if (RE2::PartialMatch(text, *alone))
      found.push_back(place);
  }
};

struct regexes::set {
  std::vector<compiled> all;
  std::unique_ptr<RE2::Set> together; // null where not even one regex fits

  bool compile(std::int64_t memory_bytes) {
    together = std::make_unique<RE2::Set>(options(memory_bytes), RE2::UNANCHORED);
    for (const auto& one : all)
      if (together->Add(one.alone->pattern(), nullptr) < 0)
        return false;
    return together->Compile();
  }

  void find(std::string_view searched, std::vector<std::uint32_t>& found) const {
    const auto text = searchable(searched);
    if (together) {
      thread_local std::vector<int> hits; // RE2 clears it: only its memory is kept
      RE2::Set::ErrorInfo error{};
      if (together->Match(text, &hits, &error))
        for (const int hit : hits)
          found.push_back(all[static_cast<std::size_t>(hit)].place);
      if (error.kind == RE2::Set::kNoError)
        return;
    }
    for (const auto& one : all)
      one.find(text, found);
  }
};

// RE2 says of each regex which of its atoms (lower-case texts) must be there, by ands and ors. What folds alike is one clue of several
// atoms; an atom of which no clue can be made counts as there.
struct regexes::filter {
  re2::FilteredRE2 all{clue_bytes_least};
  std::vector<std::uint32_t> places; // by RE2's number
  std::vector<bool> always;          // by RE2's number: whether it may match without any clue
  std::vector<std::vector<int>> atoms_of_clue;
  std::vector<int> unseen_atoms;

  void add(std::uint32_t place, const std::string& source) {
    int number = 0;
    if (all.Add(source, options(regex_memory_bytes), &number) == RE2::NoError)
      places.push_back(place);
  }
  compiled one(std::size_t number) const { return {places[number], &all.GetRE2(static_cast<int>(number))}; }

  std::vector<std::string> clues() {
    std::vector<std::string> atoms;
    all.Compile(&atoms);
    std::map<std::string, std::vector<int>> by_clue;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      const auto clue = clue_of(atoms[i]);
      (clue.size() < std::size_t{clue_bytes_least} ? unseen_atoms : by_clue[clue]).push_back(static_cast<int>(i));
    }
    std::vector<std::string> texts;
    for (auto& [text, numbers] : by_clue) {
      texts.push_back(text);
      atoms_of_clue.push_back(std::move(numbers));
    }
    always.assign(places.size(), false);
    std::vector<int> numbers;
    all.AllPotentials(unseen_atoms, &numbers);
    for (const int number : numbers)
      always[static_cast<std::size_t>(number)] = true;
    return texts;
  }

  // The numbers of those that may match because of these clues.
  void called_by(std::span<const std::uint32_t> met, std::vector<int>& numbers) const {
    thread_local std::vector<int> atoms;
    atoms = unseen_atoms;
    for (const auto clue : met)
      atoms.insert(atoms.end(), atoms_of_clue[clue].begin(), atoms_of_clue[clue].end());
    all.AllPotentials(atoms, &numbers);
    std::erase_if(numbers, [&](int number) { return always[static_cast<std::size_t>(number)]; });
  }
};

regexes::regexes(const std::vector<std::string>& sources, std::int64_t memory_bytes) {
  auto made = std::make_unique<filter>();
  for (std::size_t i = 0; i < sources.size(); ++i)
    made->add(static_cast<std::uint32_t>(i), sources[i]);
  size_ = made->places.size();
  if (size_ == 0)
    return;
  clues_ = made->clues();
  std::vector<compiled> always, on_a_clue;
  for (std::size_t number = 0; number < size_; ++number)
    (made->always[number] ? always : on_a_clue).push_back(made->one(number));
  filter_ = std::move(made);
  build(std::move(always), memory_bytes, always_);
  build(std::move(on_a_clue), memory_bytes, on_a_clue_);
}
regexes::regexes(regexes&&) noexcept = default;
regexes::~regexes() = default;

// One set if memory allows, else each half likewise.
void regexes::build(std::vector<compiled> all, std::int64_t memory_bytes, set_list& into) {
  if (all.empty())
    return;
  auto made = std::make_unique<set>();
  made->all = std::move(all);
  if (made->compile(memory_bytes)) {
    into.push_back(std::move(made));
    return;
  }
  made->together.reset();
  if (made->all.size() == 1) {
    into.push_back(std::move(made));
    return;
  }
  std::vector<compiled> half;
  while (half.size() < made->all.size()) {
    half.push_back(made->all.back());
    made->all.pop_back();
  }
  build(std::move(made->all), memory_bytes, into);
  build(std::move(half), memory_bytes, into);
}

void regexes::find(const set_list& sets, std::string_view text, std::vector<std::uint32_t>& found) {
  for (const auto& s : sets)
    s->find(text, found);
}

void regexes::find(std::string_view text, std::vector<std::uint32_t>& found) const {
  find(always_, text, found);
  find(on_a_clue_, text, found);
}

void regexes::find(std::string_view text, std::span<const std::uint32_t> met, std::vector<std::uint32_t>& found) const {
  find(always_, text, found);
  if (met.empty())
    return;
  thread_local std::vector<int> numbers;
  filter_->called_by(met, numbers);
  if (numbers.size() > alone_most)
    return find(on_a_clue_, text, found);
  for (const int number : numbers)
    filter_->one(static_cast<std::size_t>(number)).find(searchable(text), found);
}

} // namespace millrace::matching
