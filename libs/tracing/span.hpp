// One span, and many as OTLP's JSON. Plain values.
#pragma once

#include "event/event.hpp"
#include "event/trace_context.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::tracing {

enum class span_kind { internal = 1, server, client, producer, consumer }; // OTLP's numbers

struct span {
  trace_context context;
  std::optional<trace_context> parent;
  std::string tracestate;
  span_kind kind = span_kind::internal;
  std::string name;
  std::int64_t begun_ns = 0, ended_ns = 0; // since 1970
  std::vector<std::pair<std::string_view, std::variant<std::string, std::int64_t>>> attributes; // names of static life
  std::vector<trace_context> links;
  std::size_t links_left_out = 0;
  std::string error; // empty: none
};

// The body of an export: POST …/v1/traces.
std::string to_otlp_json(const header_list& resource, std::span<const span> spans);

} // namespace millrace::tracing
