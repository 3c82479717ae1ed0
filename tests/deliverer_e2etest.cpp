// Alerting tells people, on a real Kafka and a real Postgres, with receivers that are well, slow, broken or away: every alert once,
// its end to whoever heard of it, nothing during a rebuild, whoever dies at whatever point.
#include "alerting/alerting.hpp"
#include "alerting/deliverer.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "histories.hpp"
#include "json/document.hpp"
#include "pipeline/derive_loop.hpp"
#include "pipeline/record_loop.hpp"
#include "receiver.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <thread>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), alerting_service()}; }

namespace {

const pipeline::service& alerting_of_the_line() {
  const auto& all = the_line().services();
  return *std::find_if(all.begin(), all.end(), [](const auto& s) { return s.name == "alerting"; });
}

struct telling : ::testing::Test {
  receiver pager, chat;
  std::chrono::minutes over_shown{0}; // the time of these tests is long past
  pipeline::service service = alerting_of_the_line();
  metrics::registry metrics{"alerting"};
  std::atomic<bool> stop = false, stop_telling = false;
  std::unique_ptr<pipeline::record_loop> recording;
  std::unique_ptr<pipeline::derive_loop> deriving;
  std::vector<std::thread> threads, tellers;
  std::vector<std::unique_ptr<alerting::deliverer>> deliverers;

  void SetUp() override {
    const char* brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
    ASSERT_TRUE(brokers) << "run it by `ops/test deliverer_e2etest`";
    const auto name = "telling-" + to_hex(crypto::random_bytes(5));
    service.kafka.brokers = brokers;
    service.kafka.properties["group.id"] = name + ".alerting";
    std::erase_if(service.topics, [](const auto& t) { return t.raw_owner != "alerting"; }); // the others' events are recorded by the test
    for (auto& t : service.topics)
      t.name = name + "." + t.name;
    ASSERT_EQ(service.topics.size(), 1u);
    ASSERT_TRUE(kafka::apply_topics(service.kafka, service.topics).empty());
    the_line().clear();
    record({bound("leads", "loc1", -1000)});
    start_folding();
  }
  void TearDown() override {
    end_telling();
    end_folding();
  }
  void start_folding() {
    recording = std::make_unique<pipeline::record_loop>(service, metrics);
    deriving = std::make_unique<pipeline::derive_loop>(service, metrics);
    threads.emplace_back([this] { recording->run(stop); });
    threads.emplace_back([this] { deriving->run(stop); });
  }
  void end_folding() {
    stop = true;
    for (auto& t : threads)
      t.join();
    threads.clear();
    stop = false;
  }
  void start_telling(std::function<void(std::string_view)> at_point = {}, std::chrono::milliseconds timeout = 10s) {
    const alerting::notifier_settings s{pager.url() + "/am", chat.url() + "/hook?token=x", {}, timeout, 20, over_shown};
    deliverers.push_back(std::make_unique<alerting::deliverer>(service, s, metrics));
    deliverers.back()->at_point = std::move(at_point);
    tellers.emplace_back([this, d = deliverers.back().get()] { d->run(stop_telling); });
  }
  void end_telling() {
    stop_telling = true;
    for (auto& t : tellers)
      t.join();
    tellers.clear();
    deliverers.clear();
    stop_telling = false;
  }

  void record(const std::vector<event>& events) {
    the_line().record(events);
    for (const auto& s : the_line().services())
      if (s.name != "alerting") // nobody looks at their tables here
        the_line().connection().script("delete from " + s.own("marks"));
  }
  // Somebody says that something is wrong, at this second.
  void raise(std::int64_t s, const std::string& subject) {
    record({posting().post("leads", "acts", format(R"({{"type":"alert.raised","account":"loc1","occurred_at":"{}","data":{{"kind":"disk_full","subject":"{}","message":"{} is full"}}}})", to_rfc3339(after(s)), subject, subject),
                           after(s))
                .front()});
  }
  void now_is(std::int64_t s) {
    the_line().connection().query("insert into alerting.now as n (at) values ($1::timestamptz) on conflict (one) do update set at = excluded.at where n.at < excluded.at", {to_postgres(after(s))});
  }
  static bool becomes(const std::function<bool()>& holds) { return until(still_most, holds); }
  static std::string one(const std::string& sql) {
    const auto found = the_line().rows(sql);
    return found.empty() ? std::string() : found.front();
  }
  // All that is wanted has been told, and that it was has come back.
  static bool settled(const std::string& how_many) {
    return becomes([&] {
      return one("select count(*) from alerting.notices where told is not null") == how_many && one("select count(*) from alerting.deliveries where step <> 'told'") == "0" &&
             one("select count(*) from alerting.marks") == "0" &&
             one("select count(*) from alerting.notices where wanted and array_length(string_to_array(told, ' '), 1) < coalesce(array_length(string_to_array(recipients, ' '), 1), 2)") == "0";
    });
  }
  bool held() const {
    const auto shown = metrics.text();
    const auto at = shown.find("\nmillrace_telling_ok");
    return at != std::string::npos && shown.substr(at + 1, shown.find('\n', at + 1) - at - 1).ends_with(" 0");
  }
  lines notices() { return the_line().rows("select subject, state, told from alerting.notices order by 1, 2"); }
  // A process that died while it sent leaves a row; so long ago that nothing is on its way any more.
  static void let_time_pass() { the_line().connection().script("update alerting.deliveries set at = at - interval '1 minute' where step = 'sending'"); }
};

bool is_about(const std::string& post, const std::string& what) { return post.find(what) != std::string::npos; }
int how_many(const receiver& r, const std::string& what) {
  const auto posts = r.posts();
  return static_cast<int>(std::count_if(posts.begin(), posts.end(), [&](const auto& p) { return is_about(p, what); }));
}

} // namespace

TEST_F(telling, everybody_hears_of_an_alert_once_and_of_its_end_once) {
  raise(0, "h1");
  now_is(30);
  start_telling();
  now_is(59);
  now_is(100);
  ASSERT_TRUE(settled("1")) << ::testing::PrintToString(notices());
  EXPECT_EQ(notices(), lines{"h1|raised|alertmanager:sent webhook:sent"});
  ASSERT_EQ(pager.posts().size(), 1u);
  ASSERT_EQ(chat.posts(), lines{R"(/hook?token=x {"text":"Alert acme/west: h1 is full"})"});
  const auto posted = pager.posts().front();
  ASSERT_TRUE(posted.starts_with("/am/api/v2/alerts ")) << posted;
  const auto body = posted.substr(posted.find(' ') + 1);
  const auto parsed = json::parse(body);
  ASSERT_TRUE(parsed) << body;
  const auto told = parsed->root().element(0).value();
  EXPECT_EQ(told.at("/labels/alertname")->text(), "disk_full");
  EXPECT_EQ(told.at("/labels/subject")->text(), "h1");
  EXPECT_EQ(told.at("/labels/project")->text(), "acme/west");
  EXPECT_EQ(told.at("/startsAt")->text(), to_rfc3339(after(0)));
  EXPECT_EQ(told.at("/endsAt")->text(), to_rfc3339(after(3600))) << "nobody says when what people raise is over: it is, after an hour";

  now_is(3700);
  ASSERT_TRUE(settled("2")) << ::testing::PrintToString(notices());
  EXPECT_EQ(chat.posts().back(), R"(/hook?token=x {"text":"Resolved acme/west: h1 is full"})");
  EXPECT_EQ(chat.posts().size(), 2u);
  ASSERT_EQ(pager.posts().size(), 2u);
  EXPECT_TRUE(is_about(pager.posts().back(), "\"endsAt\":\"" + to_rfc3339(after(3600)) + "\"")) << pager.posts().back();
  EXPECT_EQ(one("select sum(next_offset - first_offset) from alerting.applied where topic like 'telling-%'"), "4");
}

TEST_F(telling, a_channel_that_is_broken_delays_its_own_notices_only) {
  chat.answer(500);
  raise(0, "h1");
  now_is(100);
  start_telling();
  ASSERT_TRUE(becomes([&] { return how_many(chat, "h1") >= 2; }));
  ASSERT_TRUE(becomes([&] { return notices() == lines{"h1|raised|alertmanager:sent"}; }));
  chat.answer(200);
  ASSERT_TRUE(settled("1"));
  EXPECT_EQ(notices(), lines{"h1|raised|alertmanager:sent webhook:sent"});
  EXPECT_EQ(pager.posts().size(), 1u);
}

// Both ends of it, and an Alertmanager shows it for a while: it would tell nobody of what is over already.
TEST_F(telling, what_was_over_before_anybody_could_be_told_is_told_late) {
  over_shown = 5min;
  raise(0, "h1");
  now_is(3600 + 23 * 3600);
  start_telling();
  ASSERT_TRUE(becomes([&] { return notices() == lines{"h1|raised|alertmanager:sent webhook:sent", "h1|resolved|webhook:sent"}; })) << ::testing::PrintToString(notices());
  EXPECT_EQ(chat.posts().size(), 2u);
  ASSERT_EQ(pager.posts().size(), 1u);
  EXPECT_FALSE(is_about(pager.posts().front(), "\"endsAt\":\"" + to_rfc3339(after(3600)))) << pager.posts().front();
  the_line().connection().script("update alerting.deliveries set at = at - interval '6 minutes'");
  ASSERT_TRUE(settled("2")) << ::testing::PrintToString(notices());
  EXPECT_EQ(pager.posts().size(), 2u);
  EXPECT_TRUE(is_about(pager.posts().back(), "\"endsAt\":\"" + to_rfc3339(after(3600)))) << pager.posts().back();
}

TEST_F(telling, what_a_channel_will_never_take_is_told_once_as_refused) {
  chat.answer(400);
  raise(0, "h1");
  now_is(100);
  start_telling();
  ASSERT_TRUE(settled("1"));
  EXPECT_EQ(notices(), lines{"h1|raised|alertmanager:sent webhook:refused"});
  now_is(3700);
  ASSERT_TRUE(becomes([&] { return how_many(pager, "h1") == 2; }));
  ASSERT_TRUE(becomes([&] { return notices().size() == 2 && notices().back() == "h1|resolved|alertmanager:sent"; }));
  EXPECT_EQ(chat.posts().size(), 1u) << "who did not hear of it does not hear of its end";
}

// Nobody knows whether it was read: it is sent again, but not at once, as if a process that died were still at it.
TEST_F(telling, an_answer_that_is_lost_is_asked_for_again) {
  chat.answer(0);
  raise(0, "h1");
  now_is(100);
  start_telling();
  ASSERT_TRUE(becomes([&] { return how_many(chat, "h1") == 1; }));
  chat.answer(200);
  ASSERT_TRUE(becomes([&] { return one("select count(*) from alerting.deliveries where step = 'told'") == "1"; }));
  EXPECT_EQ(how_many(chat, "h1"), 1);
  let_time_pass();
  ASSERT_TRUE(settled("1"));
  EXPECT_EQ(how_many(chat, "h1"), 2);
}

TEST_F(telling, whoever_dies_after_the_answer_sends_nothing_again) {
  for (const std::string where : {"answered", "published"}) {
    const auto subject = "dies-" + where;
    const auto s = where == "answered" ? 0 : 10;
    std::atomic<int> deaths = 0;
    start_telling([&](std::string_view point) {
      if (point == where && ++deaths <= 2)
        throw outage("dies", true, "");
    });
    raise(s, subject);
    now_is(s + 100);
    ASSERT_TRUE(settled(where == "answered" ? "1" : "2")) << where << ::testing::PrintToString(notices());
    EXPECT_GE(deaths, 2) << where;
    EXPECT_EQ(how_many(chat, subject), 1) << where;
    EXPECT_EQ(how_many(pager, subject), 1) << where;
    end_telling();
  }
}

TEST_F(telling, whoever_dies_while_it_sends_sends_it_once_more_and_loses_nothing) {
  for (const std::string where : {"sending", "sent"}) {
    const auto subject = "dies-" + where;
    raise(where == "sent" ? 10 : 0, subject);
    now_is(110);
    // Before anybody tells: else it may come to be between the looks of the two channels, and the second is told first.
    ASSERT_TRUE(becomes([&] { return one("select count(*) from alerting.notices where wanted and subject = '" + subject + "'") == "1"; })) << where;
    std::atomic<int> deaths = 0;
    start_telling([&](std::string_view point) {
      if (point == where && ++deaths == 1)
        throw outage("dies", true, "");
    });
    ASSERT_TRUE(becomes([&] { return deaths >= 1; })) << where;
    ASSERT_TRUE(becomes([&] { return how_many(chat, subject) == 1; })) << where; // the first to hear of it is the Alertmanager
    let_time_pass();
    ASSERT_TRUE(settled(where == "sending" ? "1" : "2")) << where << ::testing::PrintToString(notices());
    EXPECT_EQ(how_many(pager, subject), where == "sent" ? 2 : 1) << where; // the same alert twice: labels and start are equal
    EXPECT_EQ(how_many(chat, subject), 1) << where;
    end_telling();
  }
}

TEST_F(telling, of_more_than_twenty_in_an_hour_the_rest_is_one_message) {
  for (int n = 0; n < 25; ++n)
    raise(n, format("h{}.", n));
  now_is(200);
  start_telling();
  ASSERT_TRUE(settled("25"));
  EXPECT_EQ(chat.posts().size(), 21u);
  EXPECT_EQ(how_many(chat, "more than 20 new alerts"), 1);
  EXPECT_EQ(pager.posts().size(), 21u);
  EXPECT_EQ(one("select count(*) from alerting.notices where told = 'alertmanager:capped webhook:capped'"), "5");
  now_is(3700);
  ASSERT_TRUE(settled("45"));
  EXPECT_EQ(how_many(chat, "Resolved"), 20) << "who was told in a summary hears of no end";
}

TEST_F(telling, of_two_processes_one_tells) {
  for (int n = 0; n < 5; ++n)
    raise(n, format("h{}.", n));
  now_is(100);
  start_telling();
  start_telling();
  ASSERT_TRUE(settled("5"));
  EXPECT_EQ(chat.posts().size(), 5u);
  EXPECT_EQ(pager.posts().size(), 5u);
}

TEST_F(telling, a_rebuild_is_no_news) {
  raise(0, "h1");
  now_is(100);
  start_telling();
  ASSERT_TRUE(settled("1"));
  end_telling();
  end_folding();
  the_line().clear();
  record({bound("leads", "loc1", -1000)});
  raise(0, "h1");
  now_is(100);
  start_telling(); // its topic is not read again yet
  ASSERT_TRUE(becomes([&] { return held(); }));
  the_line().derive();
  ASSERT_EQ(one("select count(*) from alerting.notices where wanted and told is null"), "1");
  ASSERT_TRUE(becomes([&] { return held(); }));
  EXPECT_EQ(chat.posts().size(), 1u);
  start_folding();
  ASSERT_TRUE(becomes([&] { return !held(); }));
  raise(20, "h2");
  now_is(200);
  ASSERT_TRUE(settled("2"));
  EXPECT_EQ(how_many(chat, "h1"), 1);
  EXPECT_EQ(how_many(pager, "h1"), 1);
  EXPECT_EQ(how_many(chat, "h2"), 1);
}

TEST_F(telling, nobody_is_told_while_groups_wait_to_be_derived) {
  end_folding();
  raise(0, "h1");
  now_is(100);
  the_line().derive();
  the_line().connection().script("insert into alerting.marks (project_id, function, key, at, due) select project_id, 'raised', 'x/y', now() - interval '2 minutes', now() + interval '1 hour' from alerting.projects limit 1");
  start_telling();
  ASSERT_TRUE(becomes([&] { return held(); }));
  EXPECT_TRUE(chat.posts().empty());
  the_line().connection().script("delete from alerting.marks");
  ASSERT_TRUE(becomes([&] { return chat.posts().size() == 1; }));
}
