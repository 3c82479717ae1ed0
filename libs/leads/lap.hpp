// Sweeps in pages: over the leads of a job, and over all groups of some kinds of facts, which a change of rules marks. A change on the way does not begin again: it
// goes round once more from where it is, so fifty changes cost two laps, not fifty. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string>
#include <string_view>

namespace millrace::leads {

// Where each sweep is: a table of each service that has one. No row when it is done.
namespace laps {
enum column : std::size_t { function, goal, at, stop, wrapped };
enum path : std::size_t { by_function };
const fold::table& table();
} // namespace laps

// One page of the sweep `function` (whose one group is ""): marks `target` of each key of these kinds, and itself until the lap is
// done. `goal` names what it is done for, and must follow from rows that are derived in the pass that marks it (at once): facts may come
// and go between two passes that see them and the one that takes the mark.
void derive_lap(std::string_view function, std::string_view goal, std::span<const std::string_view> kinds, std::string_view target, fold::reader& r,
                fold::rows_out& out);

// One page of the sweep `function` over all leads that a job's reports brought: marks `target` of each phone, and itself until the reports
// are through. Its group is "<job>/<stamp in hex>", "<job>/" for the first.
void derive_job_phones(std::string_view function, std::string_view job_and_stamp, std::string_view target, fold::reader& r, fold::rows_out& out);

} // namespace millrace::leads
