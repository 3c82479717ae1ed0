// The process_* metrics that every Prometheus client library exports (prometheus-cpp does not), read from /proc at each
// scrape. Stateless; any thread.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace millrace::metrics {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
// process_max_fds, process_threads, process_start_time_seconds. What cannot be read is left out.
std::vector<prometheus::MetricFamily> process_families();

} // namespace millrace::metrics
