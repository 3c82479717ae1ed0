// Is a text message an opt-out, opt-in or help keyword? The whole message must be one, however it is cased, accented,
// quoted or decorated; never a substring ("cancel my 3pm" says nothing). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct keyword {
  enum class meaning { out, in, help } action;
  std::string word; // normalised: "stop", "opt out", "arret"
  // `source`: a provider or regulator documents the word; `memory`: counts only where a project's setting says so.
  enum class origin { source, memory } list;
};

// NFKC, without zero-width and direction marks, case-folded, without accents, runs of spaces and hyphens as one space,
// and without white space, punctuation, quotes and emoji at both ends.
std::string normalise_keyword(std::string_view text);

std::optional<keyword> match_keyword(std::string_view text);

// Changes when the words or the Unicode tables behind the normalisation change: part of facts_version.
std::string keyword_version();

} // namespace millrace
