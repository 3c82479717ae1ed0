// A record of a topic as people read it, in the terminal and on the live page: what it is, what it means, its payload without
// what its profile redacts and masks. Pure.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"
#include "kafka/consumer.hpp"
#include "provider/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::line {

struct shown_event {
  std::int64_t timestamp_ms = 0; // of the record
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  std::string unreadable; // why the record is none of ours; the rest is empty then

  std::string provider, family, type, subject, account, source, verified, key_id, dedupe_key;
  std::string id; // of its raw row
  instant received;
  std::optional<instant> said_time;

  std::string outcome, code, detail; // what every service will make of it: applied, ignored, error
  struct fact {
    std::string kind;
    std::vector<std::string> fields; // their names
  };
  std::vector<fact> facts;
  std::string payload; // JSON

  std::string method, url, content_type; // of an URL not what is behind its path
  header_list signed_headers;
  std::size_t body_bytes = 0;
  std::uint32_t post_index = 0, post_count = 1;
};

shown_event show(const catalogue& profiles, const kafka::record& r);

} // namespace millrace::line
