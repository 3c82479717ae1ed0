#include "request_trace.hpp"

namespace millrace::gateway {

using tracing::span_kind;

request_trace::request_trace(tracing::tracer* by, const http::request& r, const source& s, const http::reply& answer) : by_(by), answer_(answer) {
  if (!by_)
    return;
  const std::string path = "/webhooks/" + s.of->name + "/" + s.name;
  post_ = by_->begin(std::string(r.method) + " " + path, span_kind::server, parse_traceparent(r.header("traceparent")));
  if (post_->parent)
    post_->tracestate = valid_tracestate(r.header("tracestate"));
  // Named by its topic once that is known; begun here, so that the events can say it before they are handed over.
  publishing_ = by_->begin("publish", span_kind::producer, post_->context);
  publishing_->tracestate = post_->tracestate;
  if (!post_->context.sampled())
    return;
  post_->attributes = {{"http.request.method", std::string(r.method)}, {"url.path", path}, {"http.request.body.size", static_cast<std::int64_t>(r.body.size())}};
}

request_trace::~request_trace() {
  if (!post_)
    return;
  post_->attributes.emplace_back("http.response.status_code", std::int64_t{answer_.status});
  if (answer_.status >= 500)
    post_->error = "answered " + std::to_string(answer_.status);
  by_->end(*std::move(post_));
}

void request_trace::carry_on(event& e) const {
  if (!publishing_)
    return;
  e.traceparent = publishing_->context.traceparent();
  e.tracestate = publishing_->tracestate;
}

void request_trace::publishes(const std::string& topic, std::size_t events) {
  if (!publishing_ || !publishing_->context.sampled())
    return;
  publishing_->name += " " + topic;
  publishing_->begun_ns = tracing::now_ns();
  publishing_->attributes = {{"messaging.system", std::string("kafka")}, {"messaging.operation.type", std::string("send")}, {"messaging.destination.name", topic},
                             {"messaging.batch.message_count", static_cast<std::int64_t>(events)}};
}

void request_trace::published(const stored& result) {
  if (!publishing_)
    return;
  if (!result.where)
    publishing_->error = result.why_not;
  by_->end(*std::exchange(publishing_, std::nullopt));
}

} // namespace millrace::gateway
