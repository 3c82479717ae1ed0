// All patterns of a project as rows, and the ruleset that they and the settings make. Pure.
#pragma once

#include "classifier/leads/ruleset.hpp"
#include "fold/graph.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::classifier {

// What rulesets are called among the things that are made of reference data.
inline constexpr std::string_view ruleset_name = "ruleset";

// The ruleset of the pass; null while there is no pattern, or not all of it is loaded.
std::shared_ptr<const ruleset> ruleset_of(fold::reader& r);

// By what the texts are searched that contain these folded words: the words themselves, or so much of their beginning as a mark can
// name. Empty where they are too few for an index of trigrams.
std::string needle_of(std::string_view folded);

} // namespace millrace::classifier
