#include "worker.hpp"

#include "core/log.hpp"
#include "kafka_sink.hpp"

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

std::unique_ptr<sink> make_sink(http::loop& on, const config& c, metrics::registry& registry) {
  if (!c.publishes)
    return std::make_unique<no_sink>();
  return std::make_unique<kafka_sink>(on, c.kafka, c.delivery_time, registry);
}

} // namespace

worker::worker(const config& c, const catalogue& profiles, shedding& sheds, worker_calls& calls, metrics::registry& registry, tracing::tracer* traces)
    : sink_(make_sink(loop_, c, registry)), database_(loop_, calls.database()),
      webhook_(*sink_, profiles, c.limits, sheds, calls, database_, registry, traces), load_(registry),
      server_(std::in_place, loop_, c.http, webhook_), port_(server_->port()) {
  loop_.every(100ms, [this] { look_after(); });
}

worker::~worker() {
  loop_.stop();
  if (thread_.joinable())
    thread_.join();
}

void worker::serve(std::shared_ptr<const directory> d) {
  loop_.post([this, d = std::move(d)]() mutable { webhook_.serve(std::move(d)); });
  if (!thread_.joinable())
    thread_ = std::thread([this] {
      loop_.run();
      ended_ = true;
    });
}

void worker::drain() {
  loop_.post([this] {
    draining_ = true;
    server_->stop_accepting();
    look_after();
  });
}

void worker::look_after() {
  heart_.beat();
  const http::server::counts& now = server_->now();
  sink::load in_flight = sink_->in_flight();
  connected_ = sink_->connected();
  database_.end_overdue();
  load_.now({.connections = static_cast<double>(now.connections),
             .buffer_bytes = static_cast<double>(now.buffer_bytes),
             .events = static_cast<double>(in_flight.events),
             .event_bytes = static_cast<double>(in_flight.bytes),
             .accepted = static_cast<double>(now.accepted),
             .turned_away = static_cast<double>(now.turned_away),
             .timed_out = static_cast<double>(now.timed_out),
             .renewals = static_cast<double>(sink_->renewals())});
  if (const auto end = server_->certificate_not_after_s())
    load_.certificate_ends(static_cast<double>(*end));
  if (draining_ && now.connections == 0)
    loop_.stop();
}

bool worker::end(std::chrono::milliseconds most) {
  loop_.stop();
  if (thread_.joinable())
    thread_.join();
  server_.reset(); // requests that still waited end here
  return sink_->flush(most);
}

} // namespace millrace::gateway
