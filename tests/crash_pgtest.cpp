// Whoever dies wherever: every event is exactly one raw row, the balance is exact and the tables are those of an
// undisturbed run. Crashes at every named point of record and derive, lost commits and lost answers to them, a zombie that wakes.
#include "contact-sync/contact_sync.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "histories.hpp"
#include "lossy_link.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/derive.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

using namespace millrace;
using namespace millrace::proof;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

std::vector<event> some_history() {
  auto events = all_bound();
  for (int n = 0; n < 6; ++n)
    events.push_back(ghl("ContactCreate", "g" + std::to_string(n), R"("phone":"+1415555010)" + std::to_string(n % 3) + R"(","tags":["HOT"],)", n + 1));
  events.push_back(aloware("ContactCreated", 7, R"("phone_number":"+14155550101",)", 9));
  events.push_back(texting("message.received", "m1", R"("from":"+14155550102","to":"+15550009999","body":"STOP",)", 10));
  events.push_back(ghl("ContactUpdate", "g1", R"("phone":"+14155550109",)", 5, 30, "w1"));
  events.push_back(ghl("ContactUpdate", "g1", R"("phone":"+14155550108",)", 5, 20, "w1")); // received earlier
  events.push_back(admin("source.unbound", R"({"provider":"ghl","account":"loc1"})", 40));
  events.push_back(ghl("ContactUpdate", "g2", R"("phone":"+14155550109",)", 45));
  events.push_back(events[7]);
  return events;
}

void expect_undisturbed(const std::vector<event>& events, const lines& expected, std::string_view what) {
  EXPECT_EQ(what_differs(expected, the_line().dump()), lines()) << what;
  EXPECT_EQ(faults_of_the_books(events), lines()) << what;
}

std::string next_of(const pipeline::service& s, std::string_view topic) {
  return the_line().rows("select sum(next_offset) from " + s.own("applied") + " where topic = " + postgres::quote_literal(topic)).front();
}

} // namespace

TEST(crash, at_every_point_once_and_everywhere_at_random) {
  const auto events = some_history();
  const auto expected = undisturbed(events);
  std::set<std::string> points; // found by looking
  std::mutex guard;
  trial::line::options look;
  look.at_point = [&](std::string_view who, std::string_view point) {
    const std::lock_guard lock(guard);
    points.insert(std::string(who.substr(0, who.rfind(' '))) + '/' + std::string(point));
  };
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    disturbed(events, seed, look);
  EXPECT_GE(points.size(), 16u);
  for (const auto& here : points) {
    std::atomic<int> passing = 0;
    trial::line::options die;
    die.at_point = [&](std::string_view who, std::string_view point) {
      if (std::string(who.substr(0, who.rfind(' '))) + '/' + std::string(point) == here && passing++ == 1) // the second time: something is there already
        throw outage("killed here", true, "");
    };
    disturbed(events, 3, die);
    expect_undisturbed(events, expected, here);
  }
  for (auto seed = first_seed(); seed < first_seed() + static_cast<std::uint64_t>(iterations(8)); ++seed) {
    std::mt19937_64 chance(seed);
    trial::line::options die;
    die.at_point = [&](std::string_view, std::string_view) {
      const std::lock_guard lock(guard);
      if (chance() % 12 == 0)
        throw outage("killed anywhere", true, "");
    };
    disturbed(events, seed, die);
    expect_undisturbed(events, expected, format("replay with MILLRACE_SEED={}", seed));
  }
}

// Somebody ends the session right before its COMMIT.
TEST(crash, a_session_that_ends_before_its_commit_loses_and_doubles_nothing) {
  const auto events = some_history();
  const auto expected = undisturbed(events);
  std::atomic<int> n = 0;
  trial::line::options o;
  o.at_point = [&](std::string_view, std::string_view point) {
    if (point != "before_commit" || ++n % 3 != 0)
      return;
    // All sessions that are in a transaction now, whoever they are: ours among them.
    postgres::connection killer(the_line().services().front().postgres, "killer");
    killer.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                 " and application_name = 'test' and state like 'idle in transaction%'");
  };
  disturbed(events, 5, o);
  EXPECT_GE(n, 3);
  expect_undisturbed(events, expected, "ended before its commit");
}

// The link breaks before a COMMIT has arrived, or when Postgres has done it and its answer is on the way: both look the
// same from here, and only the rows know which it was.
TEST(crash, commits_and_their_answers_that_get_lost_on_the_way_lose_and_double_nothing) {
  const auto events = some_history();
  const auto expected = undisturbed(events);
  int commits = 0, answers = 0;
  for (auto seed = first_seed(); seed < first_seed() + static_cast<std::uint64_t>(iterations(3)); ++seed) {
    std::mt19937_64 chance(seed);
    std::mutex guard;
    std::atomic<lossy_link::loss> fate = lossy_link::loss::none; // of the next commit
    lossy_link way([&] { return fate.exchange(lossy_link::loss::none); });
    trial::line::options o;
    o.by_way_of = way.conninfo();
    o.at_point = [&](std::string_view, std::string_view point) {
      const std::lock_guard lock(guard);
      if (point == "before_commit" && chance() % 3 == 0)
        fate = chance() % 3 == 0 ? lossy_link::loss::commit : lossy_link::loss::answer;
    };
    disturbed(events, seed, o);
    expect_undisturbed(events, expected, format("replay with MILLRACE_SEED={}", seed));
    commits += way.lost_commits();
    answers += way.lost_answers();
  }
  EXPECT_GT(commits, 0);
  EXPECT_GT(answers, 0);
}

// A consumer that slept while its partition moved: its batch must not count again.
TEST(crash, a_zombie_that_wakes_finds_that_its_partition_has_moved_on) {
  const auto& s = the_line().services().front();
  the_line().clear();
  const auto e = ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1);
  const auto headers = encode_headers(e);
  kafka::record r;
  r.topic = "raw.ghl";
  r.partition = 0;
  r.offset = 0;
  r.timestamp_ms = e.received.us / 1000;
  r.key = e.partition_key;
  r.value = e.body;
  r.headers = headers;
  postgres::connection zombie(s.postgres, "zombie"), heir(s.postgres, "heir");
  pipeline::recorder a(s, "test-cluster"), b(s, "test-cluster");
  const kafka::partition_id p{"raw.ghl", 0};
  EXPECT_EQ(a.open_partition(zombie, p, 0).next, 0);
  EXPECT_EQ(b.open_partition(heir, p, 0).next, 0); // the partition moves
  b.store(heir, std::span(&r, 1));
  EXPECT_THROW(a.store(zombie, std::span(&r, 1)), pipeline::moved_on);
  EXPECT_EQ(a.open_partition(zombie, p, 0).next, 1);
  EXPECT_EQ(next_of(s, "raw.ghl"), "1");
  EXPECT_EQ(the_line().rows("select count(*) from crm.webhook_events"), lines{"1"});
}
