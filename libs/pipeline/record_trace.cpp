#include "pipeline/record_trace.hpp"

#include "pipeline/group.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::pipeline {

namespace {

constexpr std::size_t links_most = 128;

struct traced_record {
  const kafka::record* record;
  trace_context from;
};

std::vector<traced_record> sampled(std::span<const kafka::record> records) {
  std::vector<traced_record> all;
  for (const auto& r : records) {
    const auto header = std::find_if(r.headers.begin(), r.headers.end(), [](const auto& h) { return h.first == "traceparent"; });
    if (header == r.headers.end())
      continue;
    if (const auto from = parse_traceparent(header->second); from && from->sampled())
      all.push_back({&r, *from});
  }
  return all;
}

} // namespace

void trace_batch(tracing::tracer& by, const std::string& service, std::span<const kafka::record> records, std::int64_t begun_ns) {
  const auto traced = sampled(records);
  if (traced.empty())
    return;
  auto batch = by.begin("record batch", tracing::span_kind::consumer, std::nullopt);
  batch.begun_ns = begun_ns;
  batch.attributes = {{"messaging.system", std::string("kafka")}, {"messaging.operation.type", std::string("process")},
                      {"messaging.consumer.group.name", group_of(service)}, {"messaging.batch.message_count", static_cast<std::int64_t>(records.size())}};
  for (std::size_t n = 0; n < std::min(traced.size(), links_most); ++n)
    batch.links.push_back(traced[n].from);
  batch.links_left_out = traced.size() - batch.links.size();
  for (const auto& [record, from] : traced) {
    const std::string topic(record->topic);
    auto one = by.begin("record " + topic, tracing::span_kind::consumer, from);
    one.begun_ns = begun_ns;
    one.links = {batch.context};
    one.attributes = {{"messaging.system", std::string("kafka")}, {"messaging.operation.type", std::string("process")}, {"messaging.destination.name", topic},
                      {"messaging.destination.partition.id", std::to_string(record->partition)}, {"messaging.kafka.offset", std::int64_t{record->offset}}};
    by.end(std::move(one));
  }
  by.end(std::move(batch));
}

} // namespace millrace::pipeline
