// One request → one answer: the one place with the line's steps, webhook → verify → events → publish. Owned by its worker;
// on its loop's thread.
#pragma once

#include "answer.hpp"
#include "directory.hpp"
#include "http/server.hpp"
#include "metrics.hpp"
#include "provider/events.hpp"
#include "request_id.hpp"
#include "request_trace.hpp"
#include "shedding.hpp"
#include "sink.hpp"
#include "worker_calls.hpp"

#include <chrono>
#include <memory>

namespace millrace::gateway {

struct webhook_limits {
  std::size_t events_in_flight = 20'000; // of one worker; over it, requests are shed before their body is read
  std::size_t bytes_in_flight = 48 * 1024 * 1024; // of keys, values and headers
  std::size_t post_events = 10'000;      // of one post; one that could never go through is not shed, but refused
  std::chrono::milliseconds answer_time{1'000}; // at most; and a third of the sender's time-out
};

class webhook final : public http::handler {
public:
  // `traces` may be null.
  webhook(sink& where, const catalogue& profiles, const webhook_limits& limits, shedding& sheds, worker_calls& calls, asking& database,
          metrics::registry& registry, tracing::tracer* traces);

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
  // Whom an answer is counted for, and since when.
  struct asked {
    served& by;
    const source* of;
    steady::time_point begun = steady::now();
  };
  route route_of(std::string_view target) const;
  std::optional<std::size_t> admit(const source& s, const http::request& head, http::reply& out);
  http::task<void> take_call(const asked& by, const verdict& v, const webhook_request& request, request_trace& trace, http::reply& out);
  std::optional<std::vector<outgoing>> records_of_call(const asked& by, const verdict& v, const webhook_request& request, const request_trace& trace,
                                                       std::vector<std::string>& ids, http::reply& out);
  void answer_call(const asked& by, const worker_call& call, const std::string& body, const std::vector<std::string>& ids, http::reply& out);
  void answer_not_stored(const asked& by, const stored& result, http::reply& out);
  void answer_unknown(const route& at, http::reply& out);
  void answer_options(const asked& by, std::string_view target, http::reply& out);
  void answer_accepted(const asked& by, const std::vector<std::string>& ids, durability where, http::reply& out);
  void answer_handshake(const asked& by, const split_post& post, http::reply& out);
  void answer_problem(const asked& by, answer a, std::string_view reason, http::reply& out);
  void count(const asked& by, answer a, std::string_view reason);
  void name_request(http::reply& out);
  bool is_overloaded() const;
  split_limits limits_of_a_post() const;
  bool has_room_for(sink::load more) const;

  sink& sink_;
  const catalogue& profiles_;
  webhook_limits limits_;
  shedding& sheds_;
  worker_calls& calls_;
  asking& database_;
  metrics::registry& registry_;
  tracing::tracer* traces_;
  request_ids ids_;
  std::shared_ptr<served> served_;
};

} // namespace millrace::gateway
