// What is exported of rules, on real Postgres: how many can match and how many cannot, and how often the automaton was made of them.
#include "classifier/classifier.hpp"
#include "classifier/rules_watch.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "testing/exposition.hpp"
#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

using namespace millrace;
using namespace std::chrono_literals;

namespace {

constexpr instant t0{1'780'000'000'000'000};

struct watched_rules : ::testing::Test {
  trial::senders from;
  trial::line line{{contact_sync_service(), classifier_service()}, from.profiles(), from.all()};
  metrics::registry metrics{"classifier"};
  std::int64_t second = 0;

  void say(std::string_view type, std::string_view data) {
    line.record({from.admin(type, "acme/west", data, {t0.us + ++second * second_us})});
    line.derive();
  }
  void report(std::string_view phone) {
    const instant at{t0.us + ++second * second_us};
    const auto data = format(R"("job_id":7,"worker_id":"A","items":[{{"phone":"{}","name":"Riyadh Dental Clinic"}}])", phone);
    line.record(from.post("leads", "acts", format(R"({{"type":"job.reported","account":"loc1","occurred_at":"{}","data":{{{}}}}})", to_rfc3339(at), data), at));
    line.derive();
  }
  double told(const std::string& series) const { return trial::sum_of(metrics.text(), series).value_or(-1); }
  // Counts until `holds`, as long as a starved machine may take.
  bool counts_until(classifier::rules_watch& watch, const std::function<bool()>& holds) {
    std::atomic<bool> stop = false;
    std::thread loop([&] { watch.run(stop); });
    const auto end = std::chrono::steady_clock::now() + 120s;
    while (!holds() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(10ms);
    stop = true;
    loop.join();
    return holds();
  }
};

} // namespace

TEST_F(watched_rules, are_told_by_whether_they_can_match) {
  say("category.set", R"({"category_id":1,"name":"Dentists"})");
  for (const auto* keyword : {R"({"keyword_id":1,"category_id":1,"keyword":"dental"})", R"({"keyword_id":2,"category_id":1,"keyword":"clinic"})", R"({"keyword_id":3,"category_id":1,"keyword":"  "})"})
    say("keyword.set", keyword);
  say("keyword.deleted", R"({"keyword_id":2})");
  for (const auto* pattern : {"den.*", "den(", "(", "[a-"})
    say("rule.set", format(R"({{"rule_id":{},"category_id":1,"target":"name","match_mode":"regex","pattern":"{}","weight":1}})", second, pattern));

  classifier::rules_watch watch(line.services()[1], metrics);
  const auto of = [&](const std::string& kind, const std::string& state) { return told("millrace_rules{kind=\"" + kind + "\",state=\"" + state + "\"}"); };
  EXPECT_TRUE(counts_until(watch, [&] { return of("rule", "too_long") == 0; })) << metrics.text();
  EXPECT_EQ(of("keyword", "ok"), 1) << "one is deleted";
  EXPECT_EQ(of("keyword", "empty"), 1);
  EXPECT_EQ(of("keyword", "bad_regex"), 0) << "a state of which there is none is 0";
  EXPECT_EQ(of("rule", "ok"), 1);
  EXPECT_EQ(of("rule", "bad_regex"), 3);
  EXPECT_TRUE(watch.health().read().ok) << "it only looks: the service is ready without it";
}

TEST_F(watched_rules, say_how_long_their_automaton_took_to_make) {
  classifier::rules_watch watch(line.services()[1], metrics);
  EXPECT_EQ(told("millrace_ruleset_builds_total"), 0);
  say("source.bound", R"({"provider":"leads","account":"loc1"})");
  say("category.set", R"({"category_id":1,"name":"Dentists"})");
  say("keyword.set", R"({"keyword_id":1,"category_id":1,"keyword":"dental"})");
  report("+966501234567");
  ASSERT_EQ(line.rows("select category from classifier.lead_categories"), std::vector<std::string>{"1"});
  EXPECT_EQ(told("millrace_ruleset_builds_total"), 1);
  EXPECT_GT(told("millrace_ruleset_last_build_seconds"), 0);
  report("+966501234568");
  EXPECT_EQ(told("millrace_ruleset_builds_total"), 1) << "it is kept while nobody changes a rule";
  say("keyword.set", R"({"keyword_id":2,"category_id":1,"keyword":"clinic"})");
  EXPECT_EQ(told("millrace_ruleset_builds_total"), 2);
}
