// TOPIC → facts: one record becomes what record stores of it. Pure: decided by the record alone, so that every service
// reaches the same verdict.
#pragma once

#include "event/event.hpp"
#include "kafka/consumer.hpp"
#include "pipeline/service.hpp"
#include "provider/facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::pipeline {

// Every event ends in one of these: a metric label and a column.
enum class outcome { applied, ignored, duplicate, error, stuck };
std::string_view name_of(outcome o);

struct interpreted {
  event said;
  reading meant;
  std::vector<fold::grouped_fact> facts; // of the line and of all domains; what several domains take alike is there once
  std::string id;     // UUIDv8 of the dedupe_key's hash
  std::string sha256; // of the event's own bytes, raw
  pipeline::outcome ends = outcome::ignored;
  std::optional<instant> tick; // of a tick that counts: the time that it says
  bool is_tick = false;        // of topic `clock`: nothing is kept of it but the time, so it is never a duplicate
  std::string why;    // error and stuck: "reason_code: detail"
};

// A record that no gateway made is an `error` of its own, under a dedupe_key that names its place. A bug thrown in pure code makes it `stuck`.
interpreted interpret(const service& s, const kafka::record& r);

} // namespace millrace::pipeline
