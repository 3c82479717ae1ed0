#include "alerting/tick_loop.hpp"

#include "crypto/hash.hpp"
#include "kafka/producer.hpp"
#include "pipeline/pause.hpp"
#include "pipeline/ticks.hpp"

#include <chrono>
#include <memory>

namespace millrace::alerting {

using namespace std::chrono_literals;

namespace {
constexpr auto delivery_most = 20s; // a later one says nothing new
constexpr auto between_looks = 200ms;
} // namespace

int any_second() { return static_cast<unsigned char>(crypto::random_bytes(1).front()) % 60; }

tick_loop::tick_loop(const pipeline::service& s, metrics::registry& m, std::int64_t every_s, int second)
    : service_(s), metrics_(m), published_(m.counter("millrace_ticks_published_total", "Ticks that this process said")), every_us_(every_s * second_us),
      after_us_(second % every_s * second_us) {}

void tick_loop::run(const std::atomic<bool>& stop) {
  pipeline::outage_pause pause("ticks", "saying what time it is", metrics_);
  std::unique_ptr<kafka::producer> producer;
  bool stored = false; // outlives the producer, whose reports write it
  std::optional<instant> said;
  while (!stop)
    try {
      const auto at = now();
      const auto moment = pipeline::moment_of(at, every_us_);
      if (said && (moment == *said || at.us - moment.us < after_us_)) { // the first one at once
        pipeline::rest(stop, between_looks);
        continue;
      }
      if (!producer)
        producer = std::make_unique<kafka::producer>(service_.kafka, delivery_most, [](void* into, const kafka::delivery& d) { *static_cast<bool*>(into) = d.stored; });
      const auto tick = pipeline::make_tick(moment, now());
      stored = false;
      if (!producer->send(std::string(pipeline::clock_topic), tick.partition_key, tick.body, encode_headers(tick), &stored) || !producer->flush(delivery_most + 5s) || !stored)
        throw outage("Kafka did not take the tick", true, "is Kafka running, and is the topic clock there? `millrace topics apply`");
      said = moment;
      published_.add();
      health_.good();
      pause.over();
    } catch (const outage& e) {
      producer.reset();
      health_.bad(e.what(), e.hint());
      pause.wait(e, stop);
    }
}

} // namespace millrace::alerting
