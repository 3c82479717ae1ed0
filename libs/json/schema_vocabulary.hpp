// Says whether a schema uses only what is checked: a schema that says `const` to a checker of draft-04 would check
// nothing, and nobody would see it. Pure.
#pragma once

#include "core/result.hpp"
#include "json/document.hpp"

#include <optional>

namespace millrace::json {

// Nothing if every keyword of the schema is one of draft-04 with a fitting value, every $ref is local and leads
// somewhere, and no schema applies itself to the same value for ever. Else the first fault: code `bad_schema`,
// place = JSON Pointer into the schema.
std::optional<fault> vocabulary_fault(value schema);

// What a schema's $ref (as many as follow each other) leads to; the schema itself if it has none.
value resolved(value root, value schema);

} // namespace millrace::json
