// Where spans go and which are made: OpenTelemetry's own variables. A value, read once at start.
#pragma once

#include "core/settings.hpp"
#include "event/event.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace millrace::tracing {

struct trace_settings {
  std::string base, path; // "http://127.0.0.1:4318", "/v1/traces"; no base: nothing is traced
  std::string ca_file;    // that signed the receiver's certificate; empty: the system's
  header_list headers;    // of each export
  std::chrono::milliseconds timeout{10'000};
  header_list resource;   // attributes of the process: service.name, …

  bool parent_decides = true; // where there is a parent
  double ratio = 1;           // of the traces that nobody decided on

  std::size_t queue_most = 2048, batch_most = 512;
  std::chrono::milliseconds batch_wait{5'000};

  bool on() const { return !base.empty(); }
};

// On where OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_TRACES_EXPORTER=otlp is set, and neither
// OTEL_SDK_DISABLED nor OTEL_TRACES_EXPORTER=none. What does not fit is added to `faults`.
trace_settings read_trace_settings(settings& from, const std::string& service_name, std::vector<fault>& faults);

} // namespace millrace::tracing
