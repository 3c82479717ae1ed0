#include "pipeline/own_events.hpp"

#include "crypto/hash.hpp"
#include "json/writer.hpp"

#include <utility>

namespace millrace::pipeline {

event make_own_event(own_event said) {
  event e;
  e.provider = own_provider;
  e.family = std::move(said.family);
  e.source = std::move(said.source);
  e.account = std::move(said.project);
  e.type = std::move(said.type);
  e.entity_type = std::move(said.entity_type);
  e.entity_id = std::move(said.entity_id);
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, said.version);
  e.partition_key = make_partition_key(e.account, e.entity_id);
  e.received = said.at;
  e.said_time = said.at;
  e.verdict = verified::none;
  e.body = std::move(said.body);
  e.content_type = "application/json";
  e.post_sha256 = crypto::sha256(e.body);
  return e;
}

std::string outbox_headers(const header_list& headers) {
  json::writer w;
  w.begin_array();
  for (const auto& [name, value] : headers)
    w.begin_array().string(name).string(value).end_array();
  return w.end_array().take();
}

void put_into_outbox(postgres::transaction& t, const service& s, const event& e) {
  t.query("insert into " + s.own("outbox") + " (topic, key, value, headers) values ($1, $2, $3::bytea, $4)", {s.profiles->find(e.provider)->topic, e.partition_key, postgres::bytea(e.body), outbox_headers(encode_headers(e))});
}

} // namespace millrace::pipeline
