// What a recorded batch is in traces: one span of the batch, which links to what published its events, and one span an event in the
// trace that the event came with. Only events whose trace is sampled have any. On the recording thread.
#pragma once

#include "kafka/consumer.hpp"
#include "tracing/tracer.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace millrace::pipeline {

void trace_batch(tracing::tracer& by, const std::string& service, std::span<const kafka::record> records, std::int64_t begun_ns);

} // namespace millrace::pipeline
