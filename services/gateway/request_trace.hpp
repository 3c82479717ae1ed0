// The spans of one verified request: of its post, and of its publishing, which its events' records continue. Nothing where nothing is
// traced. Of what does not verify there are none: who may not post may not fill the receiver of spans. A value of the request's
// coroutine.
#pragma once

#include "event/event.hpp"
#include "http/server.hpp"
#include "provider/sources.hpp"
#include "sink.hpp"
#include "tracing/tracer.hpp"

#include <optional>
#include <string>

namespace millrace::gateway {

class request_trace {
public:
  // `answer` outlives it: its status is the post's.
  request_trace(tracing::tracer* by, const http::request& r, const source& s, const http::reply& answer);
  ~request_trace();
  request_trace(const request_trace&) = delete;
  request_trace& operator=(const request_trace&) = delete;

  // The event's record goes on from the publishing span.
  void carry_on(event& e) const;
  void publishes(const std::string& topic, std::size_t events);
  void published(const stored& result);

private:
  tracing::tracer* by_;
  const http::reply& answer_;
  std::optional<tracing::span> post_, publishing_;
};

} // namespace millrace::gateway
