// All services of leads as programs, killed with SIGKILL while workers pull, claim and report: no job has two holders at once, a call that
// is repeated gets the answer it had, the event of every answer is one row, the balance of every partition is exact, nothing is left to
// derive, and the tables of all of them are those of an undisturbed run. The gateway is killed where calls wait for Kafka, and where Kafka
// has them and that is not noted; each consumer once more where its batch is in Postgres and its transaction is not committed: who noted
// how far it is before it noted what it read, or answered before it had published, would have lost something.
#include "leads_line.hpp"

#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/document.hpp"
#include "message-mapping/message_mapping.hpp"

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

using namespace millrace;
using namespace millrace::proof;

namespace {

constexpr int jobs = 64, reports_a_job = 5, reports = jobs * reports_a_job, worker_count = 6, phones_a_report = 3;
constexpr std::int64_t lease_s = 600, least_lease_s = 30;
constexpr auto before_it_is_sent_again = std::chrono::milliseconds(50), before_it_asks_again = std::chrono::milliseconds(250);

// A job in one worker's hands: from its grant until it said that it was done, or else the end of its lease.
struct holding {
  std::string job, attempt, worker;
  std::int64_t from_us = 0, until_us = 0;
};

struct leads_crash : leads_line {
  const std::uint64_t seed = std::getenv("MILLRACE_SEED") ? std::strtoull(std::getenv("MILLRACE_SEED"), nullptr, 10) : 1;
  const std::vector<std::string> consumers = {"alerting", "classifier", "contact-sync", "message-mapping"};
  std::atomic<int> reported = 0, done = 0;     // reports that were taken, jobs whose last one was
  std::atomic<int> allowed = 0;                // reports that the workers may send by now
  std::atomic<bool> all_rest = false;          // nobody begins a call
  std::atomic<int> resting = 0;                // workers that have none under way
  std::map<std::string, int> taken;            // calls that became an event, by name; under the book's guard, as what follows
  std::set<std::string> events;                // of reports, as answered
  std::vector<holding> holdings;

  std::vector<pipeline::service> services_of_line() const override { return {contact_sync_service(), message_mapping_service(), classifier_service(), alerting_service(), gateway_service()}; }
  std::vector<std::string> topics_of_line() const override { return {"raw.leads", "raw.admin", "raw.alerting", "clock"}; }
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = leads_line::settings_of(program);
    s["MILLRACE_BATCH_EVENTS"] = "10";
    s["MILLRACE_PASS_MARKS"] = "20";
    return s;
  }

  // ── the workers ──

  // With the same bytes until it is taken, or known to have been, or the job is another's; nothing when the test gives up.
  std::optional<http::response> answer_of(const call& c) {
    while (!book.give_up) {
      const auto r = answer_to(c);
      if (r && (r->status == 200 || r->status == 409)) {
        ++book.accepted;
        return r;
      }
      ++book.refused;
      std::this_thread::sleep_for(before_it_is_sent_again);
    }
    return std::nullopt;
  }
  // Taken once, and asked once more: what is a repeat says what was said, but that a report was taken before.
  std::optional<http::response> taken_once(const call& c) {
    const auto first = answer_of(c);
    if (!first || code_of(*first) == "job_not_available")
      return std::nullopt;
    {
      const std::lock_guard lock(book.guard);
      ++taken[c.name];
    }
    if (const auto second = answer_of(c)) {
      EXPECT_TRUE(second->body == first->body || (c.name == "report_results" && code_of(*second) == "replay_detected"))
          << c.name << " " << c.body << ": " << first->status << " " << first->body << ", then " << second->status << " " << second->body;
    }
    return first;
  }
  static std::string code_of(const http::response& r) { return at(r, "/code"); }

  // The job that it is given, if any: the first one is asked for by all at once.
  std::optional<holding> ask_for_job(const std::string& worker, int turn, std::int64_t lease) {
    call c{.name = "pull_job", .body = format(R"({{"lease_sec":{},"n":{}}})", lease, turn), .worker = worker};
    if (turn % 4 == 0) {
      c.name = "claim_job";
      c.body = format(R"({{"lease_sec":{},"n":{},"job_id":{}}})", lease, turn, 1 + turn * 5 % jobs);
    }
    const auto r = taken_once(c);
    if (!r || at(*r, "/job/id").empty())
      return std::nullopt;
    const auto end = parse_rfc3339(at(*r, "/lease_expires_at")).value().us;
    return holding{at(*r, "/job/id"), at(*r, "/attempt_id"), worker, end - std::atoll(at(*r, "/lease_sec").c_str()) * second_us, end};
  }
  void report(const holding& h, int n, bool last) {
    std::string items;
    for (int p = 0; p < phones_a_report; ++p)
      items += format(R"({}{{"phone":"+96650{:07}","name":"{}"}})", p ? "," : "", (n * 2 + p), n % 3 ? "Riyadh Dental Clinic" : "Riyadh Bakery");
    const auto r = taken_once({.name = "report_results", .body = format(R"({{"job_id":{},"attempt_id":"{}","items":[{}],"done":{}}})", h.job, h.attempt, items, last), .worker = h.worker});
    ++reported;
    if (!r || r->status != 200)
      return;
    const auto told = json::parse(r->body);
    const std::lock_guard lock(book.guard);
    for (const auto id : told->root().at("/events")->children())
      events.emplace(id.text());
  }
  void do_job(holding h) {
    for (int r = 0; r < reports_a_job; ++r) {
      if (r == reports_a_job - 1)
        h.until_us = std::min(h.until_us, now().us);
      report(h, (std::atoi(h.job.c_str()) - 1) * reports_a_job + r, r == reports_a_job - 1);
    }
    keep(h);
    ++done;
  }
  void keep(const holding& h) {
    const std::lock_guard lock(book.guard);
    holdings.push_back(h);
  }
  // The first worker says no more of its first job, which is another's when the lease is over.
  void work(int of) {
    const auto me = format("w{}", of + 1);
    bool falls_silent = of == 0;
    for (int turn = 0; done < jobs && !book.give_up; ++turn) {
      const auto job = ask_for_job(me, turn, falls_silent ? least_lease_s : lease_s);
      if (!job)
        std::this_thread::sleep_for(before_it_asks_again);
      else if (std::exchange(falls_silent, false))
        keep(*job);
      else
        do_job(*job);
      for (int n = 0; (reported >= allowed || all_rest) && done < jobs && !book.give_up; ++n) {
        if (all_rest) {
          rest();
          continue;
        }
        taken_once({.name = "heartbeat", .body = format(R"({{"status":"idle","n":"{}.{}"}})", turn, n), .worker = me});
        std::this_thread::sleep_for(before_it_asks_again);
      }
    }
  }

  // Calls nobody until all may again.
  void rest() {
    ++resting;
    while (all_rest && !book.give_up)
      std::this_thread::sleep_for(before_it_asks_again);
    --resting;
  }

  // ── those who die ──

  void kill(const std::string& name) {
    programs.at(name)->kill();
    EXPECT_TRUE(programs.at(name)->start()) << name;
  }
  // Kafka stands still, calls wait for it, and whoever waits for them dies: none of them was taken.
  void kill_the_gateway_while_it_publishes(int then_allowed) {
    EXPECT_TRUE(until(still_most, [&] { return programs.at("gateway")->sum_of("millrace_open_jobs_ok") == 1.0; }));
    all_rest = true; // else all of them may be in other calls that wait for Kafka
    EXPECT_TRUE(until(still_most, [&] { return resting == worker_count; }));
    signal_kafka(SIGSTOP);
    allowed = then_allowed;
    all_rest = false;
    EXPECT_TRUE(until(still_most, [&] { return number("select count(*) from gateway.job_grants where state = 'reserved'") >= 1; })) << "no grant waits for Kafka";
    programs.at("gateway")->kill();
    signal_kafka(SIGCONT);
    EXPECT_TRUE(programs.at("gateway")->start());
  }
  static void signal_kafka(int signal) {
    pid_t pid = 0;
    std::ifstream(std::filesystem::path(std::getenv("MILLRACE_RUN_DIR")) / "kafka.pid") >> pid;
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, signal), 0);
  }
  // Kafka has what was asked, and before that is noted the gateway dies.
  void kill_the_gateway_before_it_notes(int then_allowed) {
    EXPECT_TRUE(until(still_most, [&] { return programs.at("gateway")->sum_of("millrace_open_jobs_ok") == 1.0; }));
    sql->query("select pg_advisory_lock(20)");
    sql->script("create function public.wait_to_note() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(20); return new; end $$;"
                "create trigger wait before update on gateway.job_grants for each row when (new.state = 'published') execute function public.wait_to_note()");
    allowed = then_allowed;
    EXPECT_TRUE(until(still_most, [&] { return number("select count(*) from pg_locks where locktype = 'advisory' and objid = 20 and not granted") >= 1; })) << "no grant is to be noted";
    programs.at("gateway")->kill();
    sql->query("select pg_advisory_unlock(20)");
    sql->script("drop trigger wait on gateway.job_grants");
    EXPECT_TRUE(programs.at("gateway")->start());
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

  // ── what must be true in the end ──

  // Each job has one holder at a time; that of the worker who fell silent had two, one after the other.
  void expect_one_holder_at_a_time() {
    std::sort(holdings.begin(), holdings.end(), [](const holding& a, const holding& b) { return std::pair(a.job, a.from_us) < std::pair(b.job, b.from_us); });
    int again = 0;
    for (std::size_t i = 1; i < holdings.size(); ++i)
      if (const auto &earlier = holdings[i - 1], &later = holdings[i]; earlier.job == later.job) {
        ++again;
        EXPECT_GE(later.from_us, earlier.until_us) << "job " << later.job << " was given to " << later.worker << " while " << earlier.worker << " had it";
      }
    EXPECT_EQ(again, 1) << "jobs that were given a second time";
    std::set<std::string> attempts;
    for (const auto& h : holdings) {
      EXPECT_TRUE(attempts.insert(h.attempt).second) << h.attempt << " was given twice";
      EXPECT_EQ(number("select count(*) from contact_sync.raw_events where event_type = 'job.claimed' and payload_json->>'attempt_id' = " + postgres::quote_literal(h.attempt)), 1) << h.attempt;
    }
    EXPECT_EQ(rows_of("job.claimed"), static_cast<std::int64_t>(attempts.size()));
    EXPECT_EQ(number("select count(*) from leads.internal_jobs where status = 'done'"), jobs);
    EXPECT_EQ(number("select sum(attempts)::bigint from leads.internal_jobs"), jobs + again);
  }
  // What was taken is one row each.
  void expect_a_row_of_every_call() {
    for (const auto& [name, count] : taken)
      EXPECT_EQ(rows_of(name), count) << name;
    EXPECT_EQ(taken["report_results"], reports);
    EXPECT_GT(taken["claim_job"], 0);
    for (const auto& id : events)
      EXPECT_EQ(number("select count(*) from contact_sync.raw_events where dedupe_key = " + postgres::quote_literal(id) + " and status = 'done'"), 1) << id;
  }
  void expect_exact_balances() {
    for (const auto& s : services)
      EXPECT_EQ(number("select (select count(*) from " + s.own("applied") + " where next_offset - first_offset <> applied + ignored + duplicate + error + stuck or stuck > 0)"
                       " + (select count(*) from " + s.own("marks") + ") + (select count(*) from " + s.own("stuck_groups") + ")"),
                0)
          << s.name;
  }

  void prepare() {
    ASSERT_NO_FATAL_FAILURE(start_all());
    for (int of = 0; of < worker_count; ++of)
      ASSERT_EQ(give_a_key(format("w{}", of + 1)), 200);
    ASSERT_NO_FATAL_FAILURE(bind_leads());
    ASSERT_EQ(order("setting.set", R"({"name":"worker_rate_limit_per_min","value":"100000"})"), 200);
    ASSERT_EQ(order("category.set", R"({"category_id":1,"name":"Dentists"})"), 200);
    ASSERT_EQ(order("keyword.set", R"({"keyword_id":1,"category_id":1,"keyword":"dental"})"), 200);
    for (int job = 1; job <= jobs; ++job)
      ASSERT_EQ(act("job.created", format(R"({{"job_id":{},"query":"dentist"}})", job)), 200);
    for (int of = 0; of < worker_count; ++of)
      ASSERT_TRUE(taken_when_known(format("w{}", of + 1)));
    ASSERT_TRUE(until(still_most, [&] { return number("select count(*) from gateway.open_jobs") == jobs; }));
  }
  bool taken_when_known(const std::string& worker) {
    const call beat{.name = "heartbeat", .body = "{}", .worker = worker};
    ++taken[beat.name];
    return until(still_most, [&] { return ask(beat) == 200; });
  }
  bool until_reported(int count) {
    return until_still([&] { return reported.load(); }, [&] { return HasFailure() || reported >= count; });
  }
};

} // namespace

TEST_F(leads_crash, services_killed_while_workers_work_lose_nothing_and_double_nothing) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", seed));
  ASSERT_NO_FATAL_FAILURE(prepare());
  allowed = reports / 8;
  std::vector<std::thread> workers;
  for (int of = 0; of < worker_count; ++of)
    workers.emplace_back([this, of] { work(of); });
  std::mt19937_64 random(seed);
  const auto then = 2 + static_cast<int>(random() % 8);
  EXPECT_TRUE(until_reported(then));
  kill("gateway"); // first, while all workers call
  EXPECT_TRUE(until_reported(allowed));
  kill_the_gateway_while_it_publishes(reports / 4);
  EXPECT_TRUE(until_reported(allowed));
  kill_the_gateway_before_it_notes(reports / 2);
  for (const auto& name : consumers)
    kill(name);
  for (const auto& name : consumers)
    kill_within_a_batch(name);
  EXPECT_EQ(order("rule.set", R"({"rule_id":1,"category_id":1,"target":"name","pattern":"bakery","match_mode":"contains","weight":2})"), 200);
  allowed = reports;
  EXPECT_TRUE(until_still([&] { return done.load(); }, [&] { return HasFailure() || done >= jobs; })) << done;
  book.give_up = done < jobs;
  for (auto& t : workers)
    t.join();
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(book.refused, 0) << "no kill was felt";
  ASSERT_TRUE(ends_settled());

  expect_a_row_of_every_call();
  expect_one_holder_at_a_time();
  EXPECT_GT(number("select count(*) from classifier.lead_categories where category = '1'"), 0);
  EXPECT_EQ(number("select count(*) from leads.internal_workers"), worker_count);
  expect_exact_balances();
  expect_tables_of_an_undisturbed_run();
}
