#include "alerting/told_event.hpp"

#include "fold/table.hpp"
#include "json/writer.hpp"
#include "pipeline/own_events.hpp"

namespace millrace::alerting {

event told_event(const delivery& d) {
  const auto& n = d.said;
  const auto start = to_rfc3339(n.start), state = std::string(n.resolved ? "resolved" : "raised");
  json::writer w;
  w.begin_object().name("project").string(n.project).name("kind").string(n.kind).name("subject").string(n.subject).name("start").string(start).name("state").string(state);
  w.name("channel").string(d.channel).name("outcome").string(d.outcome).name("told_at").string(to_rfc3339(d.at.value())).end_object();
  const auto subject = n.subject.empty() ? n.kind : n.subject;
  return pipeline::make_own_event({.family = "notices", .source = "alerting", .project = n.project, .type = "alert.told", .entity_type = "alert", .entity_id = subject,
                                   .version = fold::join_key({n.kind, start, state, d.channel}), .at = *d.at, .body = w.take()});
}

} // namespace millrace::alerting
