// What a service says of itself and of whom it hears, on real Postgres: the hours in which accounts were heard follow from the records
// alone, in any order, batches and deaths; what is amiss is said when it comes, goes or changes, and again each hour.
#include "core/failure.hpp"
#include "pipeline/own_events.hpp"
#include "pipeline/record.hpp"
#include "pipeline/troubles.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace millrace;

namespace {

using lines = std::vector<std::string>;

constexpr instant ten{1'764'151'200'000'000}; // 2025-11-26T10:00:00Z
instant at(std::int64_t s) { return {ten.us + s * second_us}; }

const fold::graph& nothing() {
  static const fold::graph g{.functions = {}, .triggers = {}, .tables = {}};
  return g;
}

// Facts of contacts alone.
std::vector<fold::grouped_fact> take(const event&, const std::vector<said_fact>& said) {
  std::vector<fold::grouped_fact> out;
  for (const auto& f : said)
    if (f.kind == "contact")
      out.push_back({.kind = "moved", .key = *f.fields.at("contact_id").text(), .fields = {}, .project = {}});
  return out;
}
const fold::domain movers{.name = "toy", .schema = "toy", .take = take, .raw_tables = {}, .graph = &nothing(), .derive_version = "", .groups_of = nullptr, .without = nullptr};

struct said : ::testing::Test {
  trial::senders senders;
  trial::toy_line line{nothing(), ""};
  pipeline::service service = [this] {
    auto s = line.service();
    s.domains = {&movers};
    s.admin_sources = senders.all();
    s.topics.resize(1);
    s.topics[0].name = "raw.ghl";
    s.topics[0].raw_owner = s.name;
    s.topics[0].raw_table = "raw_events";
    return s;
  }();

  event contact(std::string_view type, std::int64_t s, std::string_view location = "loc1") {
    return senders
        .post("ghl", "marketplace",
              R"({"type":")" + std::string(type) + R"(","locationId":")" + std::string(location) + R"(","appId":"app1","id":"c)" + std::to_string(s) + R"(","timestamp":")" + to_rfc3339(at(s)) +
                  R"(","webhookId":"w)" + std::string(location) + std::to_string(s) + R"("})",
              at(s))
        .front();
  }
  // As many batches as `random` says, some of which die; from the topic's beginning, as after a loss of all tables, if `anew`.
  void read(const std::vector<event>& events, std::mt19937_64& random, const std::string& crash = {}) {
    line.sql().script("delete from toy.applied; delete from toy.seen; delete from toy.facts; delete from toy.raw_events; delete from toy.heard; delete from toy.marks");
    pipeline::recorder recorder(service, "cluster");
    recorder.open_partition(line.sql(), {"raw.ghl", 0}, 0);
    for (std::size_t from = 0; from < events.size();) {
      std::vector<kafka::record> batch;
      for (auto n = from; n < std::min(events.size(), from + 1 + random() % 4); ++n) {
        kafka::record r;
        r.topic = "raw.ghl";
        r.offset = static_cast<std::int64_t>(n);
        r.timestamp_ms = events[n].received.us / 1000;
        r.key = events[n].partition_key;
        r.value = events[n].body;
        r.headers = headers_[&events[n] - events.data()] = encode_headers(events[n]);
        batch.push_back(std::move(r));
      }
      recorder.at_point = [&, dies = random() % 3 == 0](std::string_view point) {
        if (point == crash && dies)
          throw outage("dies", true, "");
      };
      try {
        recorder.store(line.sql(), batch);
        from += batch.size();
      } catch (const outage&) {
      }
    }
  }
  // Of each account and hour the least that was said, as alerting folds it.
  lines folded() {
    return line.rows("select b->>'account', min((b->>'first')::timestamptz), min((b->>'meant')::timestamptz) from (select convert_from(value, 'UTF8')::json b from toy.outbox where topic = 'raw.alerting') o"
                     " where b->>'type' = 'account.heard' group by b->>'account', date_trunc('hour', (b->>'first')::timestamptz) order by 1, 2");
  }
  lines troubles() {
    return line.rows("select b->>'project', b->>'kind', b->>'what', b->>'count' from (select id, convert_from(value, 'UTF8')::json b from toy.outbox) o where b->>'type' = 'trouble.said' order by id");
  }
  void look(std::int64_t s) { pipeline::say_troubles(line.sql(), service, at(s)); }

private:
  std::map<std::ptrdiff_t, header_list> headers_;
};

} // namespace

TEST_F(said, hours_are_those_of_the_records_in_any_order_whoever_dies) {
  std::vector<event> events;
  for (const auto s : {5, 700, 3590, 3610, 3700, 9000, 9001, 90'000})
    events.push_back(contact(s % 2 == 0 ? "ContactCreate" : "NobodyKnowsThis", s));
  events.push_back(contact("ContactCreate", 20, "loc2"));
  events.push_back(events[2]); // twice
  const lines expected = {"ghl:loc1|2025-11-26 10:00:05+00|2025-11-26 10:11:40+00", "ghl:loc1|2025-11-26 11:00:10+00|2025-11-26 11:00:10+00", "ghl:loc1|2025-11-26 12:30:00+00|2025-11-26 12:30:00+00",
                          "ghl:loc1|2025-11-27 11:00:00+00|2025-11-27 11:00:00+00", "ghl:loc2|2025-11-26 10:00:20+00|2025-11-26 10:00:20+00"};
  std::mt19937_64 random(1);
  read(events, random);
  EXPECT_EQ(folded(), expected);
  const auto events_said = line.rows("select count(*) from toy.outbox").front();
  EXPECT_TRUE(events_said == "5" || events_said == "6") << events_said << ": once an hour and account; once more if the first with facts came in a later batch";
  for (int n = 0; n < 30; ++n) {
    line.sql().script("delete from toy.outbox");
    std::shuffle(events.begin(), events.end(), random);
    for (int times = 1 + n % 2; times > 0; --times) // and everything anew
      read(events, random, n % 3 == 0 ? "before_commit" : "");
    EXPECT_EQ(folded(), expected) << n;
    EXPECT_EQ(line.rows("select account, first_at, meant_at from toy.heard order by 1, 2"), expected) << n;
  }
}

TEST_F(said, operators_and_what_did_not_verify_are_nobody_that_is_waited_for) {
  auto forged = contact("ContactCreate", 5);
  forged.verdict = verified::no;
  std::mt19937_64 random(1);
  read({forged, senders.admin("setting.set", "acme/west", R"({"name":"x","value":"1"})", at(7))}, random);
  EXPECT_EQ(line.rows("select count(*) from toy.outbox where topic = 'raw.alerting'"), lines{"0"});
}

TEST_F(said, said_again_it_is_the_same_event) {
  const pipeline::heard::words w{at(5), at(6)};
  const auto once = pipeline::account_heard("toy", "ghl:loc1", w), again = pipeline::account_heard("toy", "ghl:loc1", w);
  EXPECT_EQ(once.dedupe_key, again.dedupe_key);
  EXPECT_EQ(once.body, again.body);
  EXPECT_EQ(once.received, again.received);
}

TEST_F(said, troubles_are_said_when_they_come_and_go_and_once_an_hour) {
  line.say("x", "y", at(0), {}); // acme/west is known
  look(0);
  EXPECT_EQ(troubles(), lines());
  line.sql().query("insert into toy.stuck_groups (project_id, function, key, why) select $1::uuid, 'town', k, 'bug' from unnest('{a,b}'::text[]) k", {line.project_id()});
  line.sql().query("insert into toy.findings (id, project_id, account_scope_id, function, group_key, kind, subject, detail) values (gen_random_uuid(), $1::uuid, $1::uuid, 'account', 'ghl:loc1', 'already_bound', 's', 'd')",
                   {pipeline::no_project});
  line.sql().script("insert into toy.seen (id, received_at, sha256, outcome, facts_version) values (gen_random_uuid(), now(), '', 'stuck', '1')");
  look(10);
  const lines first = {"acme/west|stuck|town|2", "millrace/line|finding|already_bound|1", "millrace/line|stuck|events|1"};
  EXPECT_EQ(troubles(), first);
  look(20);
  EXPECT_EQ(troubles(), first) << "nothing new";
  line.sql().script("delete from toy.stuck_groups where key = 'a'; delete from toy.findings");
  look(30);
  auto then = first;
  then.push_back("millrace/line|finding|already_bound|0");
  EXPECT_EQ(troubles(), then) << "how many there are is not said each time";
  look(620);
  then.push_back("acme/west|stuck|town|1");
  EXPECT_EQ(troubles(), then);
  look(3610);
  then.push_back("millrace/line|stuck|events|1");
  EXPECT_EQ(troubles(), then) << "an hour later, once more";
  line.sql().script("delete from toy.stuck_groups; update toy.seen set outcome = 'applied'");
  look(100); // a clock that was set back
  then.insert(then.end(), {"acme/west|stuck|town|0", "millrace/line|stuck|events|0"});
  EXPECT_EQ(troubles(), then);
  EXPECT_EQ(line.rows("select convert_from(value, 'UTF8')::json->>'said_at' from toy.outbox where convert_from(value, 'UTF8')::json->>'what' = 'events' order by id desc limit 1"),
            lines{to_rfc3339({at(3610).us + 1})})
      << "what is said later stands later";
}
