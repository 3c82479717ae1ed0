#include "tracing/span.hpp"

#include "json/writer.hpp"
#include "metrics/build_info.hpp"

namespace millrace::tracing {

namespace {

// OTLP's mapping: ids in hex, 64-bit numbers as text, names in camelCase.
class otlp_writer {
public:
  std::string write(const header_list& resource, std::span<const span> spans) {
    w_.begin_object().name("resourceSpans").begin_array().begin_object().name("resource").begin_object().name("attributes").begin_array();
    for (const auto& [key, value] : resource)
      attribute(key, value);
    w_.end_array().end_object().name("scopeSpans").begin_array().begin_object().name("scope").begin_object();
    w_.name("name").string("millrace").name("version").string(metrics::build_version()).end_object().name("spans").begin_array();
    for (const span& s : spans)
      write(s);
    return w_.end_array().end_object().end_array().end_object().end_array().end_object().take();
  }

private:
  void write(const span& s) {
    w_.begin_object().name("traceId").string(s.context.trace_id()).name("spanId").string(s.context.span_id());
    if (s.parent)
      w_.name("parentSpanId").string(s.parent->span_id());
    if (!s.tracestate.empty())
      w_.name("traceState").string(s.tracestate);
    w_.name("flags").number(s.context.flags).name("name").string(s.name).name("kind").number(static_cast<int>(s.kind));
    w_.name("startTimeUnixNano").string(std::to_string(s.begun_ns)).name("endTimeUnixNano").string(std::to_string(s.ended_ns));
    if (!s.attributes.empty()) {
      w_.name("attributes").begin_array();
      for (const auto& [key, value] : s.attributes)
        std::visit([&](const auto& v) { attribute(key, v); }, value);
      w_.end_array();
    }
    write_links(s);
    if (!s.error.empty())
      w_.name("status").begin_object().name("code").number(2).name("message").string(s.error).end_object();
    w_.end_object();
  }

  void write_links(const span& s) {
    if (s.links.empty())
      return;
    w_.name("links").begin_array();
    for (const trace_context& to : s.links)
      w_.begin_object().name("traceId").string(to.trace_id()).name("spanId").string(to.span_id()).name("flags").number(to.flags).end_object();
    w_.end_array();
    if (s.links_left_out > 0)
      w_.name("droppedLinksCount").number(static_cast<std::int64_t>(s.links_left_out));
  }

  void attribute(std::string_view key, std::string_view value) {
    w_.begin_object().name("key").string(key).name("value").begin_object().name("stringValue").string(value).end_object().end_object();
  }
  void attribute(std::string_view key, std::int64_t value) {
    w_.begin_object().name("key").string(key).name("value").begin_object().name("intValue").string(std::to_string(value)).end_object().end_object();
  }

  json::writer w_;
};

} // namespace

std::string to_otlp_json(const header_list& resource, std::span<const span> spans) { return otlp_writer().write(resource, spans); }

} // namespace millrace::tracing
