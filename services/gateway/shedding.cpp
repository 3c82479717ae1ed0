#include "shedding.hpp"

#include "core/format.hpp"
#include "core/log.hpp"

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

constexpr auto quiet = 10s;

std::string_view hint_of_shedding(std::string_view why) {
  if (why == "buffers")
    return "requests arrive faster than they are answered, or slowly and many at once: look at millrace_buffer_bytes and "
           "millrace_connections; raise MILLRACE_GATEWAY_BUFFER_BYTES or add a worker";
  if (why == "queue_full")
    return "Kafka's client takes less than our own limits: unset MILLRACE_KAFKA_QUEUE_BUFFERING_MAX_MESSAGES and …_KBYTES";
  return "look at millrace_publish_seconds: is Kafka slow? Else raise MILLRACE_GATEWAY_EVENTS_IN_FLIGHT and …_BYTES_IN_FLIGHT or "
         "add a worker";
}

std::int64_t seconds(shedding::steady::duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); }

} // namespace

bool shedding::shed(std::string_view why, steady::time_point at) {
  const std::lock_guard hold(mutex_);
  const bool begins = !now_;
  if (begins) {
    now_ = episode{at, at, 0, why};
    log::warning("shedding begins: requests are answered with the provider's code for it", {{"why", why}, {"do", hint_of_shedding(why)}});
  }
  now_->last = at;
  now_->why = why;
  ++now_->requests;
  return begins;
}

bool shedding::look(steady::time_point at) {
  const std::lock_guard hold(mutex_);
  if (!now_ || at - now_->last < quiet)
    return false;
  log::info("shedding ended", {{"requests", now_->requests}, {"seconds", seconds(now_->last - now_->begun)},
                               {"do", "nothing: what was shed is sent again by its provider"}});
  now_.reset();
  return true;
}

std::string shedding::state(steady::time_point at) const {
  const std::lock_guard hold(mutex_);
  if (!now_)
    return "nothing is shed";
  return format("shedding for {} s: {} requests, the last for {}; {}", seconds(at - now_->begun), now_->requests, now_->why,
                hint_of_shedding(now_->why));
}

} // namespace millrace::gateway
