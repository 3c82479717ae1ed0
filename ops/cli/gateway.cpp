#include "gateway.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "json/document.hpp"

#include <charconv>

namespace millrace::cli {

std::string target_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos)
    return std::string(url);
  const std::size_t path = url.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : std::string(url.substr(path));
}

gateway_answer read_answer(const http::response& r) {
  gateway_answer a;
  a.status = r.status;
  a.durability = r.header("millrace-durability");
  a.request_id = r.header("millrace-request-id");
  const std::string_view wait = r.header("retry-after");
  std::from_chars(wait.data(), wait.data() + wait.size(), a.retry_after_s);
  if (r.header("content-type").find("json") == std::string_view::npos)
    return a;
  const auto body = json::parse(r.body);
  if (!body)
    return a;
  if (const auto events = body->root().at("/events"))
    for (const json::value e : events->children())
      a.event_ids.emplace_back(e.text());
  if (const auto code = body->root().at("/code"))
    a.code = code->text();
  if (const auto detail = body->root().at("/detail"))
    a.detail = detail->text();
  return a;
}

gateway_answer gateway::post(const outgoing& request) {
  const auto began = std::chrono::steady_clock::now();
  const auto answer = client_.send(request.method, target_of(request.url), request.headers, request.body);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  if (!answer)
    throw outage("the gateway at " + base_ + " does not answer: " + answer.error().detail, true,
                 "is it running, and does MILLRACE_URL name it?");
  gateway_answer a = read_answer(*answer);
  a.ms = took.count();
  return a;
}

} // namespace millrace::cli
