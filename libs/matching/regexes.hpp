// Many regular expressions over one text at once (RE2). Immutable once built; any thread.
//
// Most regexes can match only where some word stands: `(doctor|dentist)s?\\b` where one of two does. Those words are clues. Whoever
// looks for them in the folded text anyhow, beside words of his own, says which are there, and the regexes that none of them speaks for
// are not tried.
#pragma once

#include "matching/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::matching {

// RE2's reason to refuse this regex within regex_memory_bytes; empty where it takes it.
std::string why_refused(const std::string& regex);

class regexes {
public:
  // For the program and the states of one set of regexes.
  static constexpr std::int64_t set_memory_bytes = 16 << 20;
  // Those that RE2 refuses match nothing and cost nothing.
  explicit regexes(const std::vector<std::string>& sources, std::int64_t memory_bytes = set_memory_bytes);
  regexes(regexes&&) noexcept;
  ~regexes();

  // Distinct folded words, sorted.
  const std::vector<std::string>& clues() const { return clues_; }

  // Appends the place in `sources` of each that matches, each once, in no order. The time is bounded by text × sources.
  void find(std::string_view text, std::vector<std::uint32_t>& found) const;
  // The same for a text of which every character was folded by itself (fold_text_to): `met` are the places of all clues that the folded
  // text contains.
  void find(std::string_view text, std::span<const std::uint32_t> met, std::vector<std::uint32_t>& found) const;
  // How many of the sources RE2 took.
  std::size_t size() const { return size_; }
  // As many as memory made of them.
  std::size_t sets() const { return always_.size() + on_a_clue_.size(); }

private:
  struct compiled;
  struct set;
  struct filter;
  using set_list = std::vector<std::unique_ptr<set>>;
  static void build(std::vector<compiled> all, std::int64_t memory_bytes, set_list& into);
  static void find(const set_list&, std::string_view text, std::vector<std::uint32_t>& found);
  std::unique_ptr<filter> filter_; // null where there is no regex
  set_list always_, on_a_clue_;
  std::vector<std::string> clues_;
  std::size_t size_ = 0;
};

} // namespace millrace::matching
