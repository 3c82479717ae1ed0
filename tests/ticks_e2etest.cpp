// Time on a real Kafka and a real Postgres: the broker's append time shows which publisher's clock is wrong, and a lease that
// nobody speaks of any more ends by ticks alone.
#include "contact-sync/contact_sync.hpp"
#include "core/encoding.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "histories.hpp"
#include "kafka/producer.hpp"
#include "pipeline/derive_loop.hpp"
#include "pipeline/record_loop.hpp"
#include "pipeline/ticks.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service()}; }

namespace {

struct time_by_ticks : ::testing::Test {
  kafka::client_settings kafka_settings;
  pipeline::service service = the_line().services().front();
  std::atomic<bool> stop = false;
  metrics::registry metrics{"contact-sync"};
  std::unique_ptr<pipeline::record_loop> recording;
  std::unique_ptr<pipeline::derive_loop> deriving;
  std::vector<std::thread> threads;

  void SetUp() override {
    const char* brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
    ASSERT_TRUE(brokers) << "run it by `ops/test ticks_e2etest`";
    kafka_settings.brokers = brokers;
    std::vector<fault> faults;
    ASSERT_TRUE(kafka::apply_topics(kafka_settings, kafka::embedded_topics(faults)).empty());
    service.kafka = kafka_settings;
    service.kafka.properties["group.id"] = "ticks-" + to_hex(crypto::random_bytes(5)) + ".contact-sync";
    std::erase_if(service.topics, [](const auto& t) { return t.name != pipeline::clock_topic; });
    ASSERT_EQ(service.topics.size(), 1u);
    the_line().clear();
    recording = std::make_unique<pipeline::record_loop>(service, metrics);
    deriving = std::make_unique<pipeline::derive_loop>(service, metrics);
    threads.emplace_back([&] { recording->run(stop); });
    threads.emplace_back([&] { deriving->run(stop); });
  }
  void TearDown() override {
    stop = true;
    for (auto& t : threads)
      t.join();
  }
  void publish(instant minute) {
    bool stored = false;
    kafka::producer producer(kafka_settings, 60s, [](void* all, const kafka::delivery& d) { *static_cast<bool*>(all) = d.stored; });
    const auto e = pipeline::make_tick(minute, minute);
    ASSERT_TRUE(producer.send("clock", e.partition_key, e.body, encode_headers(e), &stored));
    ASSERT_TRUE(producer.flush(60s) && stored);
  }
  lines rows(const std::string& sql) { return the_line().rows(sql); }
  bool becomes(const std::string& sql, const std::string& expected) {
    const auto holds = [&] {
      const auto found = rows(sql);
      return !found.empty() && found.front() == expected;
    };
    if (until(60s, holds))
      return true;
    ADD_FAILURE() << sql << " does not become " << expected << ": " << ::testing::PrintToString(rows(sql));
    return false;
  }
};

} // namespace

TEST_F(time_by_ticks, goes_by_the_brokers_clock_and_ends_a_silent_lease) {
  const auto start = now();
  const auto minute = pipeline::moment_of(start, 60 * second_us);
  // A claim of twenty minutes ago, by a worker that never spoke again.
  std::vector<event> events = {bound("leads", "loc1", -1'000'000'000)};
  const instant then{start.us - 1200 * second_us};
  events.push_back(posting().post("leads", "acts",
                                  format(R"({{"type":"job.claimed","account":"loc1","occurred_at":"{}","data":{{"job_id":1,"attempt_id":"a","worker_id":"A","lease_sec":60}}}})", to_rfc3339(then)), then)
                       .front());
  the_line().record(events);
  the_line().derive();
  ASSERT_TRUE(becomes("select status from leads.internal_jobs", "processing"));

  const auto recorded = "select (sum(applied) + sum(ignored)) >= " ;
  const auto before = std::stoll(rows("select coalesce(sum(next_offset), 0)::bigint from contact_sync.applied where topic = 'clock'").front());
  publish({minute.us + 600 * second_us});  // ten minutes fast: not believed, or time would run away
  publish({minute.us - 600 * second_us});  // ten minutes slow
  ASSERT_TRUE(becomes(recorded + std::to_string(before + 2) + " from contact_sync.applied where topic = 'clock'", "t"));
  EXPECT_EQ(rows(format("select 1 from contact_sync.now where at > '{}'::timestamptz + interval '5 minutes'", to_rfc3339(start))), lines());

  publish({minute.us + 60 * second_us}); // fast by less than a minute: it counts as the moment at which it came
  publish(minute);
  publish(minute);
  ASSERT_TRUE(becomes("select status from leads.internal_jobs", "queued"));
  EXPECT_EQ(rows("select last_error from leads.internal_jobs"), lines{"lease_expired"});
  const auto limit = to_rfc3339({now().us + second_us});
  EXPECT_EQ(rows(format("select at >= '{}'::timestamptz and at <= '{}'::timestamptz from contact_sync.now", to_rfc3339(minute), limit)), lines{"t"});
  EXPECT_EQ(rows("select sum(next_offset - first_offset) - sum(applied + ignored + duplicate + error + stuck) from contact_sync.applied where topic = 'clock'"), lines{"0"});
  EXPECT_EQ(rows("select count(*) from contact_sync.raw_events where provider = 'clock'"), lines{"0"});
}
