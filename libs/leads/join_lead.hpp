// One lead out of all that was seen, edited and deleted under its phone: which facts count, and what a column is. Every service that
// needs leads joins its own copy of the facts alike. Pure; any thread.
#pragma once

#include "fold/fact.hpp"
#include "fold/table.hpp"

#include <span>
#include <string_view>

namespace millrace::leads {

// Of facts in stamp order, those after the last deletion.
std::span<const fold::fact> after_deletion(std::span<const fold::fact> facts, std::span<const fold::fact> deleted);

// The facts of one lead after its last deletion, each kind in stamp order. Refers to those it is made of. It lives while it was
// seen.
struct sightings {
  sightings(std::span<const fold::fact> all_seen, std::span<const fold::fact> all_edits, std::span<const fold::fact> deleted,
            std::span<const fold::fact> all_assigned, std::span<const fold::fact> all_statuses);
  std::span<const fold::fact> seen, edits, assigned, statuses;
};

// A column: the last edit that names it decides, else the first sighting that has it.
fold::cell column_of(const sightings& s, std::string_view field);

} // namespace millrace::leads
