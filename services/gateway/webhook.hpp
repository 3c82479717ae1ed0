// One request → one answer: the one place with the line's steps, webhook → verify → events → publish. Owned by its worker;
// on its loop's thread.
#pragma once

#include "answer.hpp"
#include "directory.hpp"
#include "http/server.hpp"
#include "metrics.hpp"
#include "provider/events.hpp"
#include "request_id.hpp"
#include "sink.hpp"

#include <chrono>
#include <memory>

namespace millrace::gateway {

struct webhook_limits {
  std::size_t events_in_flight = 20'000; // of one worker; over it, requests are shed before their body is read
  std::size_t bytes_in_flight = 64 * 1024 * 1024;
  std::chrono::milliseconds answer_time{1'000}; // at most; and a third of the sender's time-out
};

class webhook final : public http::handler {
public:
  webhook(sink& where, const catalogue& profiles, const webhook_limits& limits, metrics::registry& registry);

  // From now on these sources are served. Requests in flight keep theirs.
  void serve(std::shared_ptr<const directory> d);

  std::optional<std::size_t> begin(const http::request& head, http::reply& out) override;
  http::task<void> take(const http::request& r, http::reply& out) override;
  void refuse(http::http_fault why, const http::request& head, http::reply& out) override;

private:
  using steady = std::chrono::steady_clock;
  // What a target names; null where it names nothing of ours.
  struct route {
    std::string_view provider;
    const source* to = nullptr;
    bool is_webhook = false;
  };
  route route_of(std::string_view target) const;
  std::optional<std::size_t> admit(const source& s, const http::request& head, http::reply& out);
  void answer_unknown(const route& at, http::reply& out);
  void answer_options(const source& s, http::reply& out);
  void answer_accepted(served& by, const source& s, const std::vector<event>& events, durability where,
                       http::reply& out);
  void answer_handshake(served& by, const source& s, const split_post& post, http::reply& out);
  void answer_problem(served& by, const source* s, answer a, std::string_view reason, http::reply& out);
  void name_request(http::reply& out);
  bool is_overloaded() const;

  sink& sink_;
  const catalogue& profiles_;
  webhook_limits limits_;
  metrics::registry& registry_;
  request_ids ids_;
  std::shared_ptr<served> served_;
};

} // namespace millrace::gateway
