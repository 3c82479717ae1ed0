// A record of a topic as people and programs read it: what it is, what it means, its payload without what its profile
// redacts. Pure.
#pragma once

#include "kafka/consumer.hpp"
#include "output.hpp"
#include "provider/profile.hpp"

#include <string>

namespace millrace::cli {

struct shown_event {
  std::int64_t timestamp_ms = 0; // of the record
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  std::string received, type, subject, account, source, verified, key_id, dedupe_key;
  std::string outcome, code, detail; // what every service will make of it: applied, ignored, error
  std::vector<std::string> facts;    // their kinds
  std::string payload;               // JSON, redacted
  std::string unreadable;            // why the record is none of ours; the rest is empty then
};

shown_event show(const catalogue& profiles, const kafka::record& r);
// `width`: the payload is cut to fit so many characters; 0: it is not.
std::string sentence_of(const shown_event& e, const output& out, std::size_t width);
json_line object_of(const shown_event& e);

} // namespace millrace::cli
