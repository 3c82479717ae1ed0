// Scenarios: what events come to, in whatever order and way they arrive. For tests; one thread.
#pragma once

#include "memory_line.hpp"

#include <functional>
#include <vector>

namespace millrace::in_memory {

// Lives through the events in every order (of at most six), with passes after each, at the end, or mark by mark with every event
// told twice; all must end in the same rows, which `check` looks at.
void in_every_order(const fold::domain& d, const std::vector<told>& events, const std::function<void(const line&)>& check);

} // namespace millrace::in_memory
