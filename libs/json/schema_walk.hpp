// Says, for people, all that is wrong in a file by a schema. Owned by one check.
#pragma once

#include "core/result.hpp"
#include "json/document.hpp"
#include "json/pattern.hpp"

#include <map>
#include <string>
#include <vector>

namespace millrace::json {

// A fault with a JSON Pointer instead of a line.
struct schema_fault {
  std::string pointer;
  std::string detail;
};

using patterns = std::map<std::string, pattern, std::less<>>;

// All faults of `v` by `schema`, whose vocabulary has been checked; `root` is the whole schema, for its references.
// `known` keeps compiled patterns.
std::vector<schema_fault> schema_faults(value root, patterns& known, value v);

} // namespace millrace::json
