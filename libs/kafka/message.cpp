#include "kafka/message.hpp"

#include "core/format.hpp"
#include "crypto/hash.hpp"

namespace millrace::kafka {
namespace {

std::string_view bytes(const void* at, std::size_t size) { return {static_cast<const char*>(at), size}; }

// Takes the list out of the message, to free its many small pieces at once: they are hot, and are used again for the
// next record's.
void fill_headers(header_list& into, rd_kafka_message_t& from) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_detach_headers(&from, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    into.clear(); // there are none
    return;
  }
  const owned_headers taken(list);
  into.resize(rd_kafka_header_cnt(list));
  for (std::size_t i = 0; i < into.size(); ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    rd_kafka_header_get_all(list, i, &name, &value, &size);
    into[i].first.assign(name);
    into[i].second.assign(value != nullptr ? bytes(value, size) : std::string_view());
  }
}

} // namespace

void fill(record& into, rd_kafka_message_t& from) {
  rd_kafka_timestamp_type_t kind{};
  into.topic = rd_kafka_topic_name(from.rkt);
  into.partition = from.partition;
  into.offset = from.offset;
  into.timestamp_ms = rd_kafka_message_timestamp(&from, &kind);
  into.key = bytes(from.key, from.key_len);
  into.value = bytes(from.payload, from.len);
  fill_headers(into.headers, from);
}

std::string record::fingerprint() const {
  auto all = format("{} {} {} ", offset, timestamp_ms, key.size());
  all.append(key).append(value);
  return crypto::sha256(all).substr(0, 16);
}

} // namespace millrace::kafka
