#include "alerting/told_event.hpp"

#include "crypto/hash.hpp"
#include "fold/table.hpp"
#include "json/writer.hpp"

namespace millrace::alerting {

event told_event(const delivery& d) {
  const auto& n = d.said;
  const auto start = to_rfc3339(n.start), state = std::string(n.resolved ? "resolved" : "raised");
  json::writer w;
  w.begin_object().name("project").string(n.project).name("kind").string(n.kind).name("subject").string(n.subject).name("start").string(start).name("state").string(state);
  w.name("channel").string(d.channel).name("outcome").string(d.outcome).name("told_at").string(to_rfc3339(d.at.value())).end_object();
  event e;
  e.provider = "alerting";
  e.family = "notices";
  e.source = "alerting";
  e.account = n.project;
  e.type = "alert.told";
  e.entity_type = "alert";
  e.entity_id = n.subject.empty() ? n.kind : n.subject;
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, fold::join_key({n.kind, start, state, d.channel}));
  e.partition_key = make_partition_key(e.account, e.entity_id);
  e.received = *d.at;
  e.said_time = *d.at;
  e.verdict = verified::none;
  e.body = w.take();
  e.content_type = "application/json";
  e.post_sha256 = crypto::sha256(e.body);
  return e;
}

} // namespace millrace::alerting
