// Bugs of ours in pure code, on real Postgres: what meets one is set aside and told, everybody else goes on, and when the
// bug is mended `migrate` brings it back. A toy domain: contacts move between towns, some of which the code cannot stand.
#include "core/failure.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/record.hpp"
#include "pipeline/status.hpp"
#include "testing/database.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

constexpr instant t0{1'780'000'000'000'000};

// The bugs are in the code while it is not mended.
bool mended = false;
void stumble_at(std::string_view town, std::string_view here) {
  if (!mended && town == here)
    throw bug("nobody lives in " + std::string(town));
}

const table people{.name = "people",
                   .columns = {{.name = "person"}, {.name = "town"}},
                   .key = {0},
                   .paths = {{.name = "key", .columns = {0}}, {.name = "town", .columns = {1}}}};
const table towns{.name = "towns",
                  .columns = {{.name = "town"}, {.name = "people", .type = column_type::integer}},
                  .key = {0},
                  .paths = {{.name = "key", .columns = {0}}}};

std::vector<grouped_fact> take(const event&, const std::vector<said_fact>& said) {
  std::vector<grouped_fact> out;
  for (const auto& f : said)
    if (f.kind == "contact") {
      const auto town = f.fields.at("name");
      stumble_at(*town.text(), "take");
      if (!mended && *town.text() == "take-at")
        f.fields.at("a field that nobody said");
      out.push_back({.kind = "moved", .key = *f.fields.at("contact_id").text(), .fields = {{"town", town}}, .project = {}});
    }
  return out;
}

void derive_person(std::string_view key, reader& r, rows_out& out) {
  out.claim(people, 0, key);
  const auto& facts = r.facts("moved", key);
  if (facts.empty())
    return;
  const std::string town(facts.back().text_or_empty("town"));
  stumble_at(town, "person");
  if (!mended && town == "person-at")
    static_cast<void>(facts.at(facts.size()));
  out.put(people, {std::string(key), town});
}

void person_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes) {
    if (c.after)
      stumble_at(*(*c.after)[1], "changed");
    for (const auto* r : {c.before, c.after})
      if (r)
        m.add("town", *(*r)[1]);
  }
}

void derive_town(std::string_view key, reader& r, rows_out& out) {
  out.claim(towns, 0, key);
  const auto inside = r.rows(people, 1, key).size();
  if (inside == 1)
    stumble_at(key, "town");
  if (inside > 0)
    out.put(towns, {std::string(key), std::to_string(inside)});
}

// In a dozen they count from version 2 of `town` on.
void derive_town_in_dozens(std::string_view key, reader& r, rows_out& out) {
  out.claim(towns, 0, key);
  if (const auto inside = r.rows(people, 1, key).size(); inside > 0)
    out.put(towns, {std::string(key), std::to_string(12 * inside)});
}

struct toy {
  toy(int person_version, int town_version, bool dozens = false)
      : graph{.functions = {{.name = "person", .derive = derive_person, .changed = person_changed, .version = person_version},
                            {.name = "town", .derive = dozens ? derive_town_in_dozens : derive_town, .version = town_version}},
              .triggers = {{.kind = "moved", .function = "person"}},
              .tables = {&people, &towns}},
        domain{.name = "toy", .schema = "toy", .take = take, .raw_tables = {}, .graph = &graph, .derive_version = "", .groups_of = nullptr, .without = nullptr} {}
  toy(const toy&) = delete;
  fold::graph graph;
  fold::domain domain;
};

struct stuck : ::testing::Test {
  trial::senders senders;
  trial::database database;
  postgres::connection sql{database.conninfo(), "test"};
  toy first{1, 1};
  pipeline::service service = of(first, senders.profiles());
  std::int64_t offset = 0, seconds = 0;

  pipeline::service of(const toy& d, const catalogue& profiles) const {
    pipeline::service s;
    s.name = s.schema = "toy";
    s.domains = {&d.domain};
    s.postgres = database.conninfo();
    s.profiles = &profiles;
    s.admin_sources = senders.all();
    s.topics.resize(1);
    s.topics[0].name = "raw.ghl";
    s.topics[0].raw_owner = "toy";
    s.topics[0].raw_table = "raw_events";
    return s;
  }

  void SetUp() override {
    mended = false;
    sql.script("create schema toy;"
               "create table toy.people (id uuid primary key, project_id uuid, account_scope_id uuid, person text collate \"C\", town text collate \"C\");"
               "create table toy.towns (id uuid primary key, project_id uuid, account_scope_id uuid, town text collate \"C\", people bigint)");
    migrate(service);
    record({senders.admin("source.bound", "acme/west", R"({"provider":"ghl","account":"loc1"})", t0)});
    derive();
  }

  lines migrate(const pipeline::service& s) { return pipeline::migrate(sql, std::span(&s, 1)); }

  // One batch, as the loop would hand it over.
  pipeline::batch_report record(const std::vector<event>& events) {
    std::vector<header_list> headers;
    for (const auto& e : events)
      headers.push_back(encode_headers(e));
    std::vector<kafka::record> records(events.size());
    for (std::size_t n = 0; n < events.size(); ++n) {
      auto& r = records[n];
      r.topic = "raw.ghl";
      r.partition = 0;
      r.offset = offset++;
      r.timestamp_ms = events[n].received.us / 1000;
      r.key = events[n].partition_key;
      r.value = events[n].body;
      r.headers = headers[n];
    }
    pipeline::recorder recorder(service, "test-cluster");
    recorder.open_partition(sql, {"raw.ghl", 0}, 0);
    return recorder.store(sql, records);
  }
  pipeline::derive_report derive() { return pipeline::deriver(service).drain(sql); }

  // The contact moves; later each time.
  event moves(const std::string& who, const std::string& town) {
    const instant when{t0.us + ++seconds * second_us};
    return senders
        .post("ghl", "marketplace",
              R"({"type":"ContactUpdate","locationId":"loc1","appId":"app1","id":")" + who + R"(","name":")" + town + R"(","timestamp":")" + to_rfc3339(when) +
                  R"(","webhookId":"w)" + std::to_string(seconds) + R"("})",
              when)
        .front();
  }
  // The next version is put in place: the same steps as an operator's.
  void deploy(const toy& next) {
    service = of(next, *service.profiles);
    EXPECT_FALSE(pipeline::pending_work(sql, service).empty());
    EXPECT_FALSE(migrate(service).empty());
    EXPECT_TRUE(pipeline::pending_work(sql, service).empty());
  }

  lines rows(const std::string& query) {
    const auto found = sql.query(query);
    lines out;
    for (std::size_t r = 0; r < found.size(); ++r) {
      std::string text;
      for (std::size_t c = 0; c < found.columns(); ++c)
        text += (c ? "|" : "") + std::string(found.at(r, c).value_or("\\N"));
      out.push_back(std::move(text));
    }
    return out;
  }
  lines people_now() { return rows("select person, town from toy.people order by 1"); }
  lines towns_now() { return rows("select town, people from toy.towns order by 1"); }
  lines set_aside() { return rows("select function, key, why from toy.stuck_groups order by 1, 2"); }

  void TearDown() override {
    const auto status = pipeline::read_status(sql, service);
    EXPECT_TRUE(status.topics.at("raw.ghl").holds());
    EXPECT_EQ(status.topics.at("raw.ghl").next, offset);
    EXPECT_EQ(status.marks, 0);
  }
};

} // namespace

TEST_F(stuck, a_record_that_meets_a_bug_in_take_waits_and_its_partition_goes_on) {
  const auto report = record({moves("ann", "oslo"), moves("bob", "take"), moves("cid", "oslo"), moves("dan", "take-at")});
  EXPECT_EQ(report.outcomes.at("raw.ghl"), (std::array<std::uint64_t, 5>{2, 0, 0, 0, 2}));
  EXPECT_EQ(record({moves("eve", "rome")}).outcomes.at("raw.ghl")[0], 1u);
  EXPECT_EQ(derive().stuck, 0u);
  EXPECT_EQ(rows("select entity_id, left(error_message, 27), processed_at from toy.raw_events where status = 'pending' order by 1"),
            (lines{"bob|stuck: nobody lives in take|\\N", "dan|stuck: map::at|\\N"}));
  EXPECT_EQ(rows("select count(*) from toy.raw_events where status = 'done' and error_message is null"), lines{"4"});
  EXPECT_EQ(pipeline::read_status(sql, service).stuck_events, 2);
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "cid|oslo", "eve|rome"}));
  EXPECT_EQ(towns_now(), (lines{"oslo|2", "rome|1"}));
  EXPECT_EQ(set_aside(), lines());
}

// The record itself waits for a replay: its event was seen.
TEST_F(stuck, when_take_is_mended_what_comes_next_is_applied) {
  const auto met = moves("ann", "take");
  record({met});
  mended = true;
  EXPECT_EQ(record({met, moves("ann", "take")}).outcomes.at("raw.ghl"), (std::array<std::uint64_t, 5>{1, 0, 1, 0, 0}));
  derive();
  EXPECT_EQ(people_now(), lines{"ann|take"});
  EXPECT_EQ(pipeline::read_status(sql, service).stuck_events, 1);
}

TEST_F(stuck, a_group_that_meets_a_bug_in_derive_is_set_aside_and_derived_when_it_is_mended) {
  record({moves("ann", "oslo"), moves("bob", "person"), moves("cid", "oslo"), moves("dan", "person-at")});
  const auto report = derive();
  EXPECT_EQ(report.stuck, 2u);
  EXPECT_EQ(report.functions.at("person").groups, 4u); // one pass
  const auto aside = set_aside();
  ASSERT_EQ(aside.size(), 2u);
  EXPECT_EQ(aside[0], "person|bob|nobody lives in person");
  EXPECT_TRUE(aside[1].starts_with("person|dan|vector")) << aside[1];
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "cid|oslo"}));
  EXPECT_EQ(towns_now(), lines{"oslo|2"});
  EXPECT_EQ(derive().stuck, 0u); // it is not tried for ever

  mended = true;
  const toy next(2, 1);
  deploy(next);
  EXPECT_EQ(derive().stuck, 0u);
  EXPECT_EQ(set_aside(), lines());
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "bob|person", "cid|oslo", "dan|person-at"}));
  EXPECT_EQ(towns_now(), (lines{"oslo|2", "person|1", "person-at|1"}));
}

// What it reads is there already and will not change again: only being set aside brings it back.
TEST_F(stuck, a_group_behind_another_function_comes_back_too) {
  record({moves("ann", "town"), moves("bob", "oslo")});
  EXPECT_EQ(derive().stuck, 1u);
  EXPECT_EQ(set_aside(), lines{"town|town|nobody lives in town"});
  EXPECT_EQ(people_now(), (lines{"ann|town", "bob|oslo"}));
  EXPECT_EQ(towns_now(), lines{"oslo|1"});
  mended = true;
  const toy next(1, 2);
  deploy(next);
  derive();
  EXPECT_EQ(set_aside(), lines());
  EXPECT_EQ(towns_now(), (lines{"oslo|1", "town|1"}));
}

// Its old rows and its new ones must both have told whom they concern.
TEST_F(stuck, a_bug_in_changed_leaves_the_rows_as_they_were_until_it_is_mended) {
  record({moves("ann", "oslo"), moves("bob", "oslo")});
  derive();
  record({moves("ann", "changed"), moves("bob", "rome")});
  EXPECT_EQ(derive().stuck, 1u);
  EXPECT_EQ(rows("select key, why from toy.stuck_groups"), lines{"ann|person of ann, whom it concerns: nobody lives in changed"});
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "bob|rome"}));
  EXPECT_EQ(towns_now(), (lines{"oslo|1", "rome|1"}));
  mended = true;
  const toy next(2, 1);
  deploy(next);
  derive();
  EXPECT_EQ(set_aside(), lines());
  EXPECT_EQ(people_now(), (lines{"ann|changed", "bob|rome"}));
  EXPECT_EQ(towns_now(), (lines{"changed|1", "rome|1"}));
}

TEST_F(stuck, what_is_derived_after_all_is_no_longer_set_aside) {
  record({moves("ann", "person"), moves("bob", "town"), moves("cid", "changed")});
  derive();
  EXPECT_EQ(set_aside().size(), 3u);
  record({moves("ann", "oslo")}); // its own group is marked
  derive();
  EXPECT_EQ(rows("select key from toy.stuck_groups order by 1"), (lines{"cid", "town"}));
  record({moves("dan", "town")}); // the group behind it is reached within the pass
  derive();
  EXPECT_EQ(rows("select key from toy.stuck_groups order by 1"), lines{"cid"});
  record({moves("cid", "oslo")}); // set aside by its mark
  derive();
  EXPECT_EQ(set_aside(), lines());
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "bob|town", "cid|oslo", "dan|town"}));
  EXPECT_EQ(towns_now(), (lines{"oslo|2", "town|2"}));
}

TEST_F(stuck, a_new_version_of_a_function_derives_all_its_groups_again) {
  record({moves("ann", "oslo"), moves("bob", "oslo"), moves("cid", "rome")});
  derive();
  const toy next(1, 2, true);
  deploy(next);
  derive();
  EXPECT_EQ(towns_now(), (lines{"oslo|24", "rome|12"}));
  EXPECT_EQ(people_now(), (lines{"ann|oslo", "bob|oslo", "cid|rome"}));
}

TEST_F(stuck, the_same_version_marks_nobody) {
  record({moves("ann", "oslo")});
  derive();
  EXPECT_EQ(migrate(service), lines());
  EXPECT_EQ(rows("select count(*) from toy.marks"), lines{"0"});
}
