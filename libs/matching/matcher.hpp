// Which of many patterns match a text, all at once. Immutable once built; any number of threads may match at a time.
#pragma once

#include "matching/literals.hpp"
#include "matching/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace millrace::matching {

class matcher {
public:
  // The order of the patterns does not matter. What RE2 refuses, and what folds to nothing, never matches and costs
  // nothing. A target that is none is a bug.
  explicit matcher(std::span<const pattern> patterns, search how = search::fastest);
  matcher(matcher&&) noexcept;
  ~matcher();

  // The ids of the patterns that match, sorted, each once. `texts[t]` is the text of target t as written; targets that
  // are not given, and empty texts, match nothing.
  std::vector<std::uint32_t> match(std::span<const std::string_view> texts) const;

  // For those who log or watch what was built.
  struct size {
    std::size_t literals = 0, regexes = 0; // distinct ones of each target
    std::size_t regex_sets = 0;            // more than targets with regexes: memory made them so
    bool vectorscan = false;
  };
  const size& built() const;

private:
  struct index;
  std::unique_ptr<const index> index_;
};

} // namespace millrace::matching
