// The disks of Kafka and Postgres are full: nobody is told that all is well, the programs say what is wrong and what to do, and
// when there is space again everything goes on, each 2xx being exactly one raw row. On servers of this test's own, whose
// data lie on small file systems in memory; where this user may not mount one, it says so and skips.
#include "core/format.hpp"
#include "newcomer.hpp"
#include "running_line.hpp"
#include "small_disk.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;
using checkout::own_run_dir;

namespace {

namespace fs = std::filesystem;

struct full_disk : running_line {
  const fs::path run_dir = own_run_dir("full-disk");
  std::unique_ptr<small_disk> of_kafka, of_postgres;
  sender from;
  std::atomic<int> messages = 0;

  void SetUp() override {
    of_kafka = std::make_unique<small_disk>(run_dir / "kafka", "size=300m");
    of_postgres = std::make_unique<small_disk>(run_dir / "postgres", "size=300m");
    if (!*of_kafka || !*of_postgres)
      GTEST_SKIP() << may_not_mount;
    ASSERT_EQ(servers("start").code, 0) << servers("start").said;
    for (const std::string name : {"MILLRACE_KAFKA_BROKERS", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSFILE"}) {
      auto value = checkout::run("eval \"$(MILLRACE_RUN_DIR='" + run_dir.string() + "' ops/servers env)\"; printf %s \"${" + name + ":-}\"").said;
      ::setenv(name.c_str(), value.c_str(), 1);
    }
    running_line::SetUp();
    ASSERT_NO_FATAL_FAILURE(start_all());
    deliver(from, binding());
    send_one();
    ASSERT_TRUE(wait_until_folded());
  }
  void TearDown() override {
    if (of_kafka && *of_kafka)
      of_kafka->make_room();
    if (of_postgres && *of_postgres)
      of_postgres->make_room();
    running_line::TearDown();
    sql.reset();
    database.reset();
    servers("stop");
  }

  checkout::outcome servers(const std::string& command) const {
    return checkout::run("MILLRACE_FSYNC=off MILLRACE_RUN_DIR='" + run_dir.string() + "' ops/servers " + command);
  }
  outgoing next_message() {
    const int n = messages++;
    const auto id = format("{}-{}", account, n);
    return text_message("message.sent", id, format("+1415555{:04}", n % 10'000), id);
  }
  void send_one() { deliver(from, next_message()); }
  // One post, not sent again: what it is answered.
  int answer_to(const outgoing& r) {
    http::client c(format("http://127.0.0.1:{}", book.port.load()));
    const auto answer = c.send("POST", r.url, r.headers, r.body, 30s);
    return answer ? answer->status : 0;
  }
  bool ready(const char* name) { return programs.at(name)->is_ready(); }
  bool logs(const char* name, const char* words) { return programs.at(name)->log().find(words) != std::string::npos; }
  void expect_all_goes_on() {
    ASSERT_EQ(servers("start").code, 0) << servers("start").said; // which may have ended
    EXPECT_TRUE(until(still_most, [&] { return all_ready(); })) << "not ready again although there is space";
    send_one();
    for (auto& [name, p] : programs)
      EXPECT_TRUE(p->alive()) << name << " ended by itself";
    EXPECT_TRUE(wait_until_folded());
    expect_exact(messages, messages);
  }
};

} // namespace

TEST_F(full_disk, of_postgres_holds_the_tables_up_and_loses_nothing) {
  of_postgres->fill();
  // What lies reserved is used up first.
  for (int most = 20'000; most > 0 && (ready("contact-sync") || ready("message-mapping")); --most)
    send_one();
  EXPECT_FALSE(ready("contact-sync") && ready("message-mapping"));
  EXPECT_TRUE(ready("gateway")) << "it needs no Postgres";
  EXPECT_TRUE(until(still_most, [&] { return logs("contact-sync", "the disk of Postgres is full: free some space there") || logs("message-mapping", "the disk of Postgres is full: free some space there"); }));
  for (int more = 0; more < 20; ++more)
    send_one();

  of_postgres->make_room();
  expect_all_goes_on();
}

TEST_F(full_disk, of_kafka_gets_no_webhook_a_2xx) {
  of_kafka->fill();
  // What it still takes is answered 2xx and counts; the first that it does not take is sent again until it does.
  std::atomic<bool> enough = false;
  std::thread provider([&] {
    while (!enough && !book.give_up)
      send_one();
  });
  EXPECT_TRUE(until_still([&] { return book.accepted.load(); }, [&] { return book.refused > 0; })) << "Kafka goes on writing to a full disk";
  EXPECT_TRUE(until(still_most, [&] { return !ready("gateway"); }));
  EXPECT_TRUE(until(still_most, [&] { return logs("gateway", "is Kafka running"); }));
  const auto one_more = next_message();
  EXPECT_EQ(answer_to(one_more), 503);

  of_kafka->make_room();
  enough = true;
  EXPECT_EQ(servers("start").code, 0);
  provider.join();
  deliver(from, one_more);
  expect_all_goes_on();
}
