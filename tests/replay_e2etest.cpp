// A service's tables are made again from its topics on a real Kafka, as after the loss of a database, or after a change
// of facts_version: byte for byte the same rows, whoever shared the work the first time.
#include "contact-sync/contact_sync.hpp"
#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "histories.hpp"
#include "kafka/producer.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/derive_loop.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/record_loop.hpp"
#include "pipeline/replay_loop.hpp"
#include "testing/exposition.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

// A year of a small office in any order: contacts and messages of every provider, what binds and frees them, what is said
// twice, what was received earlier, what is erased and what nobody can read.
std::vector<event> a_history(std::uint64_t seed) {
  auto events = all_bound();
  for (int n = 0; n < 60; ++n) {
    const auto id = format("g{}", n % 20), phone = format("+141555501{:02}", n % 25);
    events.push_back(ghl(n % 3 ? "ContactUpdate" : "ContactCreate", id, format(R"("phone":"{}","email":"p{}@x.org","tags":["HOT"],"assignedTo":"u{}",)", phone, n % 15, n % 3), n));
    events.push_back(aloware("ContactCreated", n % 12, format(R"("phone_number":"{}","email":"P{}@x.org",)", phone, n % 15), n + 1));
    events.push_back(texting(n % 2 ? "message.sent" : "message.received", format("m{}", n % 40),
                             format(R"("from":"{}","to":"{}","body":"{}","correlationId":"h{}",)", phone, "+15550009999", n % 9 ? "Hello" : "STOP", n % 30), n));
    events.push_back(ghl("OutboundMessage", "x", format(R"("messageId":"h{}","messageType":"SMS","contactId":"{}","from":"+15550009999","to":"{}","body":"Hello",)", n % 30, id, phone), n));
  }
  for (int n = 0; n < 6; ++n) {
    events.push_back(ghl("ContactUpdate", format("g{}", n), R"("firstName":"late",)", 70, 90, format("w{}", n)));
    events.push_back(ghl("ContactUpdate", format("g{}", n), R"("firstName":"early",)", 70, 80, format("w{}", n)));
    events.push_back(elsewhere(ghl("ContactDelete", format("g{}", n + 10), "", 75), n));
    events.push_back(twilio(format("SM{}", n), format("+141555501{:02}", n), n % 2 ? "STOP" : "START", 60 + n));
    events.push_back(ghl("NoteCreate", format("n{}", n), "", 61));
    events.push_back(verity("analytics_updated", format("b{}", n), R"("analytics":{"a":1},)", n));
  }
  events.push_back(admin("agent.set", R"({"agent_key":"CHRIS","ghl_owner_id":"u1","required_tag":"HOT"})", 33));
  events.push_back(admin("list.set", R"({"agent_key":"CHRIS","list_key":"HOT","aloware_list_name":"Hot"})", 34));
  events.push_back(admin("entity.erased", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":"g7"})", 40));
  events.push_back(admin("event.quarantined", R"({"event_id":")" + events[9].dedupe_key + R"(","event_source":"webhook"})", 41));
  events.push_back(admin("source.unbound", R"({"provider":"texting","account":"texting-webhook"})", 50));
  events.push_back(bound("texting", "texting-webhook", 55, "acme/east"));
  std::mt19937_64 random(seed);
  for (int n = 0; n < 20; ++n)
    events.push_back(events[random() % events.size()]);
  std::shuffle(events.begin(), events.end(), random);
  return events;
}

struct replay : ::testing::Test {
  const std::string name = "replay-" + to_hex(crypto::random_bytes(5)); // topics and groups of this test alone
  std::vector<pipeline::service> services;
  std::set<std::string> topics;
  kafka::client_settings kafka_settings;

  void SetUp() override {
    const char* brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
    ASSERT_TRUE(brokers) << "run it by `ops/test replay_e2etest`";
    kafka_settings.brokers = brokers;
    services = the_line().services();
    std::map<std::string, kafka::topic_file> files;
    for (auto& s : services) {
      s.kafka = kafka_settings;
      s.kafka.properties["group.id"] = name + "." + s.name;
      s.batch_most = 20;
      s.marks_most = 50;
      for (auto& t : s.topics) {
        t.name = name + "." + t.name;
        t.partitions = 3;
        files[t.name] = t;
        topics.insert(t.name);
      }
    }
    std::vector<kafka::topic_file> wanted;
    for (const auto& [topic, f] : files)
      wanted.push_back(f);
    ASSERT_TRUE(kafka::apply_topics(kafka_settings, wanted).empty());
    the_line().clear();
  }
  void publish(const std::vector<event>& events) {
    int failed = 0;
    kafka::producer producer(kafka_settings, still_most, [](void* count, const kafka::delivery& d) { *static_cast<int*>(count) += d.stored ? 0 : 1; });
    for (const auto& e : events)
      ASSERT_TRUE(producer.send(name + ".raw." + e.provider, e.partition_key, e.body, encode_headers(e), &failed));
    ASSERT_TRUE(producer.flush(still_most));
    ASSERT_EQ(failed, 0);
  }

  // What is not recorded yet, and not derived.
  std::int64_t left(const pipeline::service& s, kafka::reader& reader) {
    std::int64_t n = 0;
    for (const auto& t : s.topics)
      for (int p = 0; p < t.partitions; ++p)
        n += reader.watermarks({t.name, p}, still_most).next;
    auto& c = the_line().connection();
    return n - c.query("select coalesce(sum(next_offset), 0)::bigint from " + s.own("applied")).integer(0, 0) + c.query("select count(*) from " + s.own("marks")).integer(0, 0) +
           c.query("select coalesce(sum(until_offset - next_offset), 0)::bigint from " + s.own("replays")).integer(0, 0);
  }

  // The service's own loops, `times` of each, until nothing is left.
  void fold(const pipeline::service& s, int times) {
    metrics::registry metrics(s.name);
    std::atomic<bool> stop = false;
    std::vector<std::unique_ptr<pipeline::record_loop>> recorders;
    std::vector<std::unique_ptr<pipeline::derive_loop>> derivers;
    std::vector<std::unique_ptr<pipeline::replay_loop>> replayers;
    std::vector<std::thread> threads;
    for (int n = 0; n < times; ++n) {
      recorders.push_back(std::make_unique<pipeline::record_loop>(s, metrics));
      derivers.push_back(std::make_unique<pipeline::derive_loop>(s, metrics));
      replayers.push_back(std::make_unique<pipeline::replay_loop>(s, metrics));
      threads.emplace_back([&, loop = recorders.back().get()] { loop->run(stop); });
      threads.emplace_back([&, loop = replayers.back().get()] { loop->run(stop); });
      threads.emplace_back([&, loop = derivers.back().get()] { loop->run(stop); });
    }
    kafka::reader reader(kafka_settings);
    auto seen = left(s, reader);
    EXPECT_TRUE(until_still([&] { return seen; }, [&] { return (seen = left(s, reader)) == 0; })) << s.name << " stands still: " << seen << " are left";
    stop = true;
    for (auto& t : threads)
      t.join();
  }

  // All that this service ever wrote, but what version it is.
  void forget(const pipeline::service& s) {
    std::set<std::string> places;
    for (const auto* d : s.domains) {
      for (const auto* t : d->graph->tables)
        places.insert(s.place(*t));
      for (const auto& t : d->raw_tables)
        places.insert(s.place(t));
    }
    for (const auto& own : the_line().rows("select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where relkind in ('r', 'p') and not relispartition and relname <> 'versions' and nspname = " +
                                           postgres::quote_literal(s.schema)))
      places.insert(s.own(own));
    for (const auto& place : places)
      the_line().connection().script("delete from " + place);
  }
};

// One of several processes of a service, as far as it records.
struct recording {
  explicit recording(const pipeline::service& of) : metrics(of.name), loop(of, metrics), thread([this] { loop.run(stop); }) {}
  ~recording() {
    stop = true;
    thread.join();
  }
  double told(const char* metric) const { return trial::sum_of(metrics.text(), metric).value_or(0); }
  double stopped() const { return told("millrace_partitions_stopped"); }
  metrics::registry metrics;
  pipeline::record_loop loop;
  std::atomic<bool> stop = false;
  std::thread thread;
};

} // namespace

TEST_F(replay, topics_read_again_from_their_first_record_give_the_same_tables) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", first_seed()));
  const auto events = a_history(first_seed());
  ASSERT_NO_FATAL_FAILURE(publish(events));
  for (const auto& s : services)
    fold(s, 2);
  const auto expected = the_line().dump();
  EXPECT_GT(expected.size(), events.size());
  ASSERT_EQ(faults_of_the_books(events), lines());

  for (const auto& s : services) {
    SCOPED_TRACE(s.name);
    forget(s);
    EXPECT_LT(the_line().dump().size(), expected.size());
    fold(s, 1);
    EXPECT_EQ(what_differs(expected, the_line().dump()), lines());
    EXPECT_EQ(faults_of_the_books(events), lines());
  }
}

// What an older version would have left: other facts of each event, some of none, a bug where there is none now; raw rows
// that say so. Half of the derived rows follow from facts that are wrong.
TEST_F(replay, facts_that_another_version_made_are_replaced_when_their_events_are_read_again) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", first_seed()));
  const auto events = a_history(first_seed());
  ASSERT_NO_FATAL_FAILURE(publish(events));
  for (const auto& s : services)
    fold(s, 2);
  const auto expected = the_line().dump();
  auto& c = the_line().connection();

  for (const auto& s : services) {
    c.script("update " + s.own("seen") + " set facts_version = 'older', outcome = case when get_byte(sha256, 0) < 50 then 'stuck' else outcome end");
    c.script("delete from " + s.own("facts") + " f using " + s.own("seen") + " s where s.id = f.event_id and get_byte(s.sha256, 0) < 100");
    c.script("update " + s.own("facts") + " set key = key || '-older' where kind = 'contact' and get_byte(stamp, 20) < 128");
    c.script("insert into " + s.own("marks") + " (project_id, function, key) select distinct project_id, kind, key from " + s.own("facts") +
             " where project_id is not null and project_id <> '" + std::string(pipeline::no_project) + "'");
    c.script("update " + s.own("versions") + " set version = 'older' where name = 'facts'");
    for (const auto* d : s.domains)
      for (const auto& raw : d->raw_tables)
        c.script("update " + s.place(raw) + " set status = 'pending', error_message = 'stuck: a bug', payload_json = '{\"stuck\":true}' where status = 'done'");
  }
  pipeline::deriver(services.front()).drain(c);
  ASSERT_NE(the_line().dump(), expected);
  const auto said = pipeline::migrate(c, services);
  EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const auto& line) { return line.find("will be read again") != std::string::npos; })) << ::testing::PrintToString(said);
  EXPECT_TRUE(pipeline::migrate(c, services).empty());

  for (const auto& s : services)
    fold(s, 2);
  EXPECT_EQ(what_differs(expected, the_line().dump()), lines());
  EXPECT_EQ(faults_of_the_books(events), lines()); // the outcomes of the first time
}

// Several processes share a service's partitions: what one has stopped is told by whoever has it now, and by nobody else.
TEST_F(replay, a_stopped_partition_is_shown_where_it_is) {
  const auto& s = services.front();
  const auto& topic = s.topics.front();
  the_line().connection().script("delete from " + s.own("applied"));
  for (int p = 0; p < topic.partitions; ++p) // its log ends before that
    the_line().connection().query("insert into " + s.own("applied") + " (cluster_id, topic, partition, first_offset, next_offset, applied) values ($1, $2, $3, 0, 1000, 1000)",
                                  {kafka::reader(kafka_settings).cluster_id(), topic.name, std::to_string(p)});
  recording first(s);
  EXPECT_TRUE(until(still_most, [&] { return first.stopped() == topic.partitions; })) << first.metrics.text();
  {
    recording second(s);
    EXPECT_TRUE(until(still_most, [&] { return second.stopped() > 0 && first.stopped() + second.stopped() == topic.partitions; }))
        << first.stopped() << " and " << second.stopped();
  }
  EXPECT_TRUE(until(still_most, [&] { return first.stopped() == topic.partitions; }));
}

// What one has not recorded yet when its partitions move is told by whoever records it then. With four processes and three
// partitions of each topic, each process loses some topics wholly.
TEST_F(replay, what_waits_in_a_partition_that_moved_is_told_by_its_new_reader) {
  auto s = services.front();
  s.batch_most = 1; // so that much waits when the others come
  int said = 0;
  const auto say_more = [&](int most) {
    std::vector<event> events;
    for (const int from = said; said < from + most; ++said) {
      const auto id = std::to_string(said);
      events.push_back(ghl("ContactCreate", id, "", said));
      events.push_back(aloware("ContactCreated", said, "", said));
      events.push_back(texting("message.received", id, "", said));
      events.push_back(verity("analytics_updated", id, "", said));
      events.push_back(twilio(id, format("+1415550{:04}", said), "Hello", said));
    }
    publish(events);
  };
  ASSERT_NO_FATAL_FAILURE(say_more(300));
  kafka::reader reader(kafka_settings);
  const auto to_record = [&] {
    std::int64_t n = 0;
    for (const auto& t : s.topics)
      for (int p = 0; p < t.partitions; ++p)
        n += reader.watermarks({t.name, p}, still_most).next;
    return n - the_line().connection().query("select coalesce(sum(next_offset), 0)::bigint from " + s.own("applied")).integer(0, 0);
  };
  const auto all = to_record();
  recording first(s);
  ASSERT_TRUE(until(still_most, [&] { return to_record() < all - 20 && first.told("millrace_lag_events") > 0; })) << first.metrics.text();
  recording second(s), third(s), fourth(s);
  const auto all_record = [&] {
    for (const auto* each : {&first, &second, &third, &fourth})
      if (each->told("millrace_events_total") == 0)
        return false;
    return true;
  };
  EXPECT_TRUE(until(still_most, [&] { // a fast machine records what there is before the last of them has its partitions
    if (!all_record())
      say_more(5);
    return all_record();
  })) << "one has no partition: nothing moved";
  auto seen = all;
  EXPECT_TRUE(until_still([&] { return seen; }, [&] { return (seen = to_record()) == 0; })) << seen << " are left";
  for (const auto* each : {&first, &second, &third, &fourth})
    EXPECT_TRUE(until(5s, [&] { return each->told("millrace_lag_events") == 0 && each->told("millrace_oldest_unprocessed_event_seconds") == 0; })) << each->metrics.text();
}
