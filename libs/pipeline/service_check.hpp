// Whether services are described so that they can stand beside each other: asked at start and by `check`, before
// anything is read or written. Pure.
#pragma once

#include "core/result.hpp"
#include "pipeline/service.hpp"

#include <span>
#include <vector>

namespace millrace::pipeline {

// All that is wrong, at once: what fold::check_graph says of each service's functions, with the fact kinds of its
// profiles and of the line itself; `table_twice` (a table has one writing service, and is described once);
// `service_twice`; `no_raw_table` (a topic's raw rows would have no place). A process asks for itself alone.
std::vector<fault> check_services(std::span<const service> services);

} // namespace millrace::pipeline
