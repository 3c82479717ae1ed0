// All services of leads as programs, killed with SIGKILL while workers call and report: every report that was acknowledged is one raw row,
// the balance of every partition is exact, nothing is left to derive, and the tables of all of them are those of an undisturbed run. Each
// consumer is killed once more where its batch is in Postgres and its transaction is not committed: a service that noted how far it is
// before it noted what it read would have lost that batch.
#include "leads_line.hpp"

#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/document.hpp"
#include "message-mapping/message_mapping.hpp"

#include <random>
#include <thread>

using namespace millrace;
using namespace millrace::proof;

namespace {

constexpr int reports = 240, worker_count = 6, phones_a_report = 3;

struct leads_crash : leads_line {
  const std::uint64_t seed = std::getenv("MILLRACE_SEED") ? std::strtoull(std::getenv("MILLRACE_SEED"), nullptr, 10) : 1;
  const std::vector<std::string> consumers = {"alerting", "classifier", "contact-sync", "message-mapping"};
  std::atomic<int> done = 0;
  std::set<std::string> reported; // ids of events, under the book's guard

  std::vector<pipeline::service> services_of_line() const override { return {contact_sync_service(), message_mapping_service(), classifier_service(), alerting_service(), gateway_service()}; }
  std::vector<std::string> topics_of_line() const override { return {"raw.leads", "raw.admin", "raw.alerting", "clock"}; }
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = leads_line::settings_of(program);
    s["MILLRACE_BATCH_EVENTS"] = "10";
    s["MILLRACE_PASS_MARKS"] = "20";
    return s;
  }

  // Until it is taken, or known to have been: with the same bytes.
  void call_until_taken(const call& c) {
    while (!book.give_up) {
      const auto r = answer_to(c);
      if (r && (r->status == 200 || r->status == 409)) {
        ++book.accepted;
        if (r->status == 200 && c.name == "report_results") {
          const auto told = json::parse(r->body);
          const std::lock_guard lock(book.guard);
          for (const auto id : told->root().at("/events")->children())
            reported.emplace(id.text());
        }
        return;
      }
      ++book.refused;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  void work(int of) {
    for (int n = of; n < reports && !book.give_up; n += worker_count) {
      std::string items;
      for (int p = 0; p < phones_a_report; ++p)
        items += format(R"({}{{"phone":"+96650{:07}","name":"{}"}})", p ? "," : "", (n * 2 + p), n % 3 ? "Riyadh Dental Clinic" : "Riyadh Bakery");
      call_until_taken({.name = "report_results", .body = format(R"({{"job_id":{},"items":[{}],"done":{}}})", n / 20, items, n % 20 == 19)});
      if (n % 4 == 0)
        call_until_taken({.name = "heartbeat", .body = format(R"({{"status":"processing","n":{}}})", n)});
      ++done;
      while (n > reports / 2 && held && !book.give_up) // the last half waits until those who are to stand in a batch have stood
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  // Stops where its batch is written and not committed, is killed there, and starts again.
  void kill_within_a_batch(const std::string& name) {
    const auto& s = *std::find_if(services.begin(), services.end(), [&](const auto& of) { return of.name == name; });
    sql->query("select pg_advisory_lock(21)");
    sql->script(format("create or replace function public.wait_for_the_test() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(21); return null; end $$;"
                       "create trigger wait before insert on {0} for each statement execute function public.wait_for_the_test()", s.own("seen")));
    order("setting.set", format(R"({{"name":"for_{}","value":"1"}})", name)); // all read it
    EXPECT_TRUE(until(still_most, [&] { return number("select count(*) from pg_locks where locktype = 'advisory' and objid = 21 and not granted") >= 1; })) << name;
    programs.at(name)->kill();
    sql->query("select pg_advisory_unlock(21)");
    EXPECT_TRUE(until(still_most, [&] { return number("select count(*) from pg_stat_activity where application_name = '" + name + "/record'") == 0; })) << name;
    sql->script(format("drop trigger wait on {0}", s.own("seen")));
    EXPECT_TRUE(programs.at(name)->start()) << name;
  }

  // Nothing is left, and stays so when all have ended: else they start once more.
  bool ends_settled() {
    for (int times = 0; times < 4; ++times) {
      EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
      for (auto& [name, p] : programs)
        EXPECT_TRUE(p->end()) << name << " did not end well";
      if (nothing_is_left())
        return true;
      for (auto& [name, p] : programs)
        EXPECT_TRUE(p->start()) << name;
    }
    return false;
  }

  std::atomic<bool> held = true;
};

} // namespace

TEST_F(leads_crash, services_killed_while_workers_report_lose_nothing_and_double_nothing) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", seed));
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_EQ(give_a_key(), 200);
  ASSERT_EQ(order("source.bound", format(R"({{"provider":"leads","account":"{}"}})", account)), 200);
  ASSERT_EQ(order("category.set", R"({"category_id":1,"name":"Dentists"})"), 200);
  ASSERT_EQ(order("keyword.set", R"({"keyword_id":1,"category_id":1,"keyword":"dental"})"), 200);
  ASSERT_TRUE(until(still_most, [&] { return ask({.name = "heartbeat", .body = "{}"}) == 200; }));

  std::vector<std::thread> workers;
  for (int of = 0; of < worker_count; ++of)
    workers.emplace_back([this, of] { work(of); });
  std::mt19937_64 random(seed);
  const auto kill = [&](const std::string& name) {
    programs.at(name)->kill();
    EXPECT_TRUE(programs.at(name)->start()) << name;
  };
  const auto then = 2 + static_cast<int>(random() % 8);
  EXPECT_TRUE(until(still_most, [&] { return done >= then; }));
  kill("gateway"); // first, while all workers call
  for (const auto& name : consumers)
    kill(name);
  for (const auto& name : consumers)
    kill_within_a_batch(name);
  EXPECT_EQ(order("rule.set", R"({"rule_id":1,"category_id":1,"target":"name","pattern":"bakery","match_mode":"contains","weight":2})"), 200);
  held = false;
  EXPECT_TRUE(until_still([&] { return done.load(); }, [&] { return HasFailure() || done >= reports; })) << done;
  book.give_up = done < reports;
  for (auto& t : workers)
    t.join();
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(book.refused, 0) << "no kill was felt";
  ASSERT_TRUE(ends_settled());

  const auto ours = " where account = " + postgres::quote_literal("leads:" + account);
  EXPECT_EQ(number("select count(*) from contact_sync.raw_events" + ours + " and event_type = 'report_results'"), reports);
  for (const auto& id : reported)
    EXPECT_EQ(number("select count(*) from contact_sync.raw_events where dedupe_key = " + postgres::quote_literal(id) + " and status = 'done'"), 1) << id;
  EXPECT_GT(number("select count(*) from classifier.lead_categories where category = '1'"), 0);
  EXPECT_GT(number("select count(*) from leads.internal_workers"), 0);
  for (const auto& s : services)
    EXPECT_EQ(number("select (select count(*) from " + s.own("applied") + " where next_offset - first_offset <> applied + ignored + duplicate + error + stuck or stuck > 0)"
                     " + (select count(*) from " + s.own("marks") + ") + (select count(*) from " + s.own("stuck_groups") + ")"),
              0)
        << s.name;
  expect_tables_of_an_undisturbed_run();
}
