// Many regular expressions over one text at once (RE2). Immutable once built; any thread.
#pragma once

#include "matching/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
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

  // Appends the place in `sources` of each that matches, each once, in no order. The time is bounded by text × sources.
  void find(std::string_view text, std::vector<std::uint32_t>& found) const;
  // How many of the sources RE2 took.
  std::size_t size() const { return size_; }
  // As many as memory made of them.
  std::size_t sets() const { return sets_.size(); }

private:
  struct compiled;
  struct set;
  void build(std::vector<compiled> all, std::int64_t memory_bytes);
  std::vector<std::unique_ptr<set>> sets_;
  std::size_t size_ = 0;
};

} // namespace millrace::matching
