// Kafka and Postgres die and come back while webhooks pour in: the programs, which nobody restarts, say that they are not
// ready, get ready again by themselves, and every event whose sender got a 2xx is exactly one raw row. What waits meanwhile
// is told truly. Restarts the servers of $MILLRACE_RUN_DIR, so nothing else may run on them.
#include "core/format.hpp"
#include "own_servers.hpp"
#include "running_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

namespace {

constexpr int sender_count = 4;
constexpr auto pace = 40ms;       // of one sender: a hundred posts a second in all
constexpr std::int64_t some = 200; // posts that show that something works

struct restart : running_line {
  std::atomic<bool> enough = false;
  std::atomic<int> messages = 0;
  std::vector<std::thread> senders;

  void SetUp() override {
    ASSERT_TRUE(std::getenv("MILLRACE_RUN_DIR")) << "run it by `ops/test restart_e2etest`";
    running_line::SetUp();
  }
  void TearDown() override {
    stop_senders();
    servers("start"); // the next test needs them
    running_line::TearDown();
  }
  void stop_senders() {
    enough = true;
    for (auto& t : senders)
      t.join();
    senders.clear();
  }

  // Whole messages, each sent and delivered, at a bounded rate until it is enough.
  void send(int of) {
    sender s;
    auto next = steady::now();
    for (int n = of; !enough && !book.give_up; n += sender_count) {
      const auto id = format("{}-{}", account, n);
      for (const std::string what : {"sent", "delivered"}) {
        std::this_thread::sleep_until(next += pace);
        next = std::max(next, steady::now() - pace); // what an outage held up is not caught up with
        deliver(s, text_message("message." + what, id, format("+1415555{:04}", n % 10'000), format("msg_{}_{}", what, n)));
      }
      ++messages;
    }
  }

  // Single messages, one after the other.
  void send_some(int from, int to) {
    sender s;
    for (int n = from; n < to; ++n) {
      const auto id = format("{}-{}", account, n);
      deliver(s, text_message("message.sent", id, format("+1415555{:04}", n), id));
    }
  }
  bool says(const char* name, const std::string& line) { return programs.at(name)->metrics().find(line + "\n") != std::string::npos; }
  double told(const char* name, const char* metric) { return programs.at(name)->sum_of(metric).value_or(-1); }
  // A gauge of an age follows the clock for at least two seconds.
  bool grows(const char* name, const char* metric) {
    const auto at_first = told(name, metric);
    return at_first >= 0 && until(still_most, [&] { return told(name, metric) > at_first + 2; });
  }
  bool ready(const char* name) { return programs.at(name)->is_ready(); }
  bool accepts_more() {
    const auto before = book.accepted.load();
    return until_still([&] { return book.accepted.load(); }, [&] { return book.accepted >= before + some; });
  }
  // Both services have recorded at least what was accepted by now.
  bool records_what_came() {
    const std::int64_t accepted = book.accepted - 1; // without the binding
    return until_still([&] { return recorded(services[0]) + recorded(services[1]); },
                       [&] { return recorded(services[0]) >= accepted && recorded(services[1]) >= accepted; });
  }
};

} // namespace

TEST_F(restart, kafka_and_postgres_that_die_under_load_lose_nothing_and_double_nothing) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  sender first;
  deliver(first, binding());
  for (int of = 0; of < sender_count; ++of)
    senders.emplace_back([this, of] { send(of); });
  ASSERT_TRUE(accepts_more());
  ASSERT_TRUE(records_what_came());

  ASSERT_NO_FATAL_FAILURE(servers("kill kafka"));
  const auto refused = book.refused.load();
  EXPECT_TRUE(until(still_most, [&] { return book.refused >= refused + sender_count; })) << "without Kafka nobody may be told that all is well";
  EXPECT_TRUE(until(still_most, [&] { return !ready("gateway") && !ready("contact-sync") && !ready("message-mapping"); }));
  ASSERT_NO_FATAL_FAILURE(servers("start kafka"));
  EXPECT_TRUE(until(still_most, [&] { return all_ready(); })) << "not ready again after Kafka came back";
  ASSERT_TRUE(accepts_more());
  ASSERT_TRUE(records_what_came());

  ASSERT_NO_FATAL_FAILURE(servers("kill postgres"));
  EXPECT_TRUE(until(still_most, [&] { return !ready("contact-sync") && !ready("message-mapping"); }));
  EXPECT_TRUE(accepts_more()); // the gateway needs no Postgres
  EXPECT_TRUE(ready("gateway"));
  for (const auto* service : {"contact-sync", "message-mapping"}) { // what waits is told, though the rows that say so cannot be read
    EXPECT_TRUE(until(still_most, [&] { return programs.at(service)->sum_of("millrace_lag_events").value_or(0) >= some; })) << service;
    EXPECT_GT(programs.at(service)->sum_of("millrace_oldest_unprocessed_event_seconds").value_or(0), 0) << service;
  }
  ASSERT_NO_FATAL_FAILURE(servers("start postgres"));
  EXPECT_TRUE(until(still_most, [&] { return all_ready(); })) << "not ready again after Postgres came back";
  ASSERT_TRUE(records_what_came());

  stop_senders();
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->alive()) << name << " ended by itself";
  EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
  for (const auto* service : {"contact-sync", "message-mapping"})
    EXPECT_TRUE(until(still_most, [&] { return programs.at(service)->sum_of("millrace_lag_events") == 0.0; })) << service;
  expect_exact(2 * messages, messages);
  expect_tables_of_an_undisturbed_run();
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->end()) << name << " did not end well";
}

TEST_F(restart, a_consumer_that_starts_while_postgres_is_away_tells_what_waits) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  sender first;
  deliver(first, binding());
  send_some(0, 3);
  ASSERT_TRUE(wait_until_folded());
  ASSERT_TRUE(programs.at("contact-sync")->end());
  send_some(3, 8);

  ASSERT_NO_FATAL_FAILURE(servers("kill postgres"));
  ASSERT_TRUE(programs.at("contact-sync")->start());
  EXPECT_TRUE(until(still_most, [&] { return told("contact-sync", "millrace_lag_events") == 5; })) << programs.at("contact-sync")->metrics();
  EXPECT_TRUE(grows("contact-sync", "millrace_oldest_unprocessed_event_seconds")) << programs.at("contact-sync")->metrics();
  EXPECT_TRUE(says("contact-sync", R"(millrace_check_ok{check="kafka"} 1)")) << programs.at("contact-sync")->metrics();
  for (const std::string check : {"postgres", "migrations", "derive"})
    EXPECT_TRUE(says("contact-sync", "millrace_check_ok{check=\"" + check + "\"} 0")) << check;
  EXPECT_FALSE(ready("contact-sync"));

  ASSERT_NO_FATAL_FAILURE(servers("start postgres"));
  EXPECT_TRUE(until(still_most, [&] { return all_ready(); })) << "not ready after Postgres came back";
  EXPECT_TRUE(until(still_most, [&] { return told("contact-sync", "millrace_lag_events") == 0; }));
  EXPECT_TRUE(until(still_most, [&] { return told("contact-sync", "millrace_oldest_unprocessed_event_seconds") == 0; }));
  EXPECT_TRUE(wait_until_folded());
  expect_exact(8, 8);
}

TEST_F(restart, the_oldest_mark_grows_older_while_postgres_is_away) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  sender first;
  deliver(first, binding());
  send_some(0, 1);
  ASSERT_TRUE(wait_until_folded());
  // Whoever has a project's lock is its only deriver: marks wait as long as the test has it, which is until Postgres dies.
  const auto project = pipeline::ids_of_project("crash/" + account).project_id;
  const auto& s = *std::find_if(services.begin(), services.end(), [](const auto& each) { return each.name == "message-mapping"; });
  sql->query("select pg_advisory_lock($1::bigint)", {std::to_string(pipeline::advisory_lock(s, "project\n" + project))});
  send_some(1, 3);
  EXPECT_TRUE(until(still_most, [&] { return told("message-mapping", "millrace_oldest_mark_seconds") > 0; }));

  ASSERT_NO_FATAL_FAILURE(servers("kill postgres"));
  sql.reset(); // not before: the lock would be free
  EXPECT_TRUE(until(still_most, [&] { return says("message-mapping", R"(millrace_check_ok{check="derive"} 0)"); }));
  EXPECT_TRUE(grows("message-mapping", "millrace_oldest_mark_seconds")) << programs.at("message-mapping")->metrics();

  ASSERT_NO_FATAL_FAILURE(servers("start postgres"));
  EXPECT_TRUE(until(still_most, [&] { return told("message-mapping", "millrace_oldest_mark_seconds") == 0; }));
  EXPECT_TRUE(wait_until_folded());
  expect_exact(3, 3);
}
