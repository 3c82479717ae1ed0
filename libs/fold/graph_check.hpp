// Whether a graph is described as the engine understands it: asked once at start, so that a slip in a description is a
// sentence then and no wrong row later. Pure.
#pragma once

#include "core/result.hpp"
#include "fold/graph.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fold {

// All that is wrong, at once: `function_twice`, `no_derive`, `name_of_a_kind` (a mark names a function or else a fact kind: one word
// cannot be both), `no_such_function` (of a trigger), `bad_table` (columns and paths). `kinds`: fact kinds that may be
// recorded, besides those of the triggers. Places begin with `whose`.
std::vector<fault> check_graph(std::string_view whose, const graph& g, std::span<const std::string> kinds);

} // namespace millrace::fold
