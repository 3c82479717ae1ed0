// Time, against a naive oracle: leases that end, and what hangs on them. Random facts and ticks (late, missing, doubled, out
// of order), passes over some of the marks, passes that never counted: in the end the tables are those of one derivation
// of everything at the last tick, and those that the oracle finds by looking.
// MILLRACE_SEED=<n> replays one history.
#include "core/failure.hpp"
#include "fold/memory_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

instant at(std::int64_t s) { return {1'780'000'000 * second_us + s * second_us}; }

// A lease runs from its fact for so many seconds. While it runs its row says so; a minute after its end the row goes.
// `shelf` counts those that run, of jobs by their first letter, and rings for a minute from the moment at which the last ends.
const table jobs{.name = "jobs",
                 .columns = {{.name = "job"}, {.name = "shelf"}, {.name = "state"}, {.name = "ends", .type = column_type::timestamp}},
                 .key = {0},
                 .paths = {{.name = "key", .columns = {0}}, {.name = "shelf", .columns = {1}}}};
const table shelves{.name = "shelves",
                    .columns = {{.name = "shelf"}, {.name = "running", .type = column_type::integer}, {.name = "rings", .type = column_type::boolean}},
                    .key = {0},
                    .paths = {{.name = "key", .columns = {0}}}};

constexpr std::int64_t minute = 60 * second_us;

void derive_job(std::string_view key, reader& r, rows_out& out) {
  out.claim(jobs, 0, key);
  const auto& facts = r.facts("leased", key);
  if (facts.empty())
    return;
  const instant ends{facts.back().time().us + std::stoll(std::string(facts.back().text_or_empty("s"))) * second_us}, gone{ends.us + minute};
  for (const auto moment : {gone, ends}) // the earliest counts, whichever is said first
    if (r.now() < moment)
      out.wake(moment);
  if (r.now() < gone)
    out.put(jobs, {std::string(key), std::string(key.substr(0, 1)), r.now() < ends ? "runs" : "ended", to_postgres(ends)});
}

void job_changed(std::string_view key, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    if (c.of != &jobs)
      throw bug("told of a row that is no job");
  m.add("shelf", key.substr(0, 1));
}

void derive_shelf(std::string_view key, reader& r, rows_out& out) {
  out.claim(shelves, 0, key);
  std::size_t running = 0;
  instant last;
  for (const auto& job : r.rows(jobs, 1, key)) {
    running += *job[2] == "runs";
    last = std::max(last, from_postgres(*job[3]));
  }
  if (last == instant())
    return;
  const instant quiet{last.us + minute / 2};
  const bool rings = last <= r.now() && r.now() < quiet;
  if (r.now() < last)
    out.wake(last);
  else if (rings)
    out.wake(quiet);
  out.put(shelves, {std::string(key), std::to_string(running), rings ? "t" : "f"});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "job", .derive = derive_job, .changed = job_changed, .wakes = true}, {.name = "shelf", .derive = derive_shelf, .wakes = true}},
                       .triggers = {{.kind = "leased", .function = "job"}},
                       .tables = {&jobs, &shelves}};
  return g;
}

struct lease {
  std::string job;
  std::int64_t from, seconds;
};

fact fact_of(const lease& l) {
  fact f;
  f.kind = "leased";
  f.key = l.job;
  f.event_id = l.job + std::to_string(l.from);
  f.at = stamp::make(at(l.from), false, f.event_id, f.kind, f.key, 0);
  f.fields["s"] = {std::to_string(l.seconds)};
  return f;
}

// By looking at the leases alone.
lines oracle(const std::vector<lease>& all, std::int64_t now) {
  std::map<std::string, lease> last;
  for (const auto& l : all)
    if (auto& known = last.try_emplace(l.job, l).first->second; l.from > known.from)
      known = l;
  lines out;
  std::map<std::string, std::pair<int, std::int64_t>> of_shelf;
  for (const auto& [job, l] : last) {
    const auto ends = l.from + l.seconds;
    if (now >= ends + 60)
      continue;
    out.push_back("jobs\t" + job + '\t' + job.substr(0, 1) + '\t' + (now < ends ? "runs" : "ended") + '\t' + to_postgres(at(ends)));
    auto& [running, latest] = of_shelf.try_emplace(job.substr(0, 1), 0, ends).first->second;
    running += now < ends;
    latest = std::max(latest, ends);
  }
  for (const auto& [shelf, held] : of_shelf)
    out.push_back("shelves\t" + shelf + '\t' + std::to_string(held.first) + '\t' + (held.second <= now && now < held.second + 30 ? "t" : "f"));
  std::sort(out.begin(), out.end());
  return out;
}

lines without_deadlines(lines all) {
  std::erase_if(all, [](const std::string& l) { return l.starts_with("deadlines\t"); });
  return all;
}

void one_history(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  std::vector<lease> told;
  std::set<std::pair<std::string, std::int64_t>> known;
  std::int64_t heard = 0;
  memory_store s;
  s.tick(at(0));
  std::vector<mark> marks;
  const auto pass = [&](std::size_t most) {
    std::shuffle(marks.begin(), marks.end(), random);
    std::vector<mark> taken(marks.end() - static_cast<std::ptrdiff_t>(std::min(most, marks.size())), marks.end());
    if (below(5) == 0) { // it never counted: a copy of the store is thrown away
      auto rolled_back = s;
      run_pass(toy(), rolled_back, taken);
      return;
    }
    marks.resize(marks.size() - taken.size());
    pass_options o;
    o.in_memory_most = 1 + below(3);
    o.postpone = [&](const function&, const std::string&) { return below(4) == 0; };
    const auto result = run_pass(toy(), s, taken, o);
    ASSERT_TRUE(result.stuck.empty()) << result.why.front();
    marks.insert(marks.end(), result.later.begin(), result.later.end());
    marks.insert(marks.end(), result.postponed.begin(), result.postponed.end());
  };
  for (std::size_t step = 0, steps = 5 + below(60); step < steps; ++step)
    switch (below(4)) {
    case 0: {
      const lease l{std::string(1, static_cast<char>('a' + below(2))) + std::to_string(below(3)), static_cast<std::int64_t>(below(300)), static_cast<std::int64_t>(10 * (1 + below(9)))};
      if (!known.emplace(l.job, l.from).second)
        break;
      told.push_back(l);
      s.add(fact_of(l));
      marks.push_back({"leased", l.job});
      break;
    }
    case 1: {
      if (told.empty())
        break;
      const auto gone = below(told.size());
      if (below(3) == 0) { // taken back
        const auto back = s.remove_event(fact_of(told[gone]).event_id);
        marks.insert(marks.end(), back.begin(), back.end());
        known.erase({told[gone].job, told[gone].from});
        told.erase(told.begin() + static_cast<std::ptrdiff_t>(gone));
      }
      break;
    }
    case 2: { // late, doubled, or some minutes after the last; sometimes exactly at a deadline
      const auto to = below(3) == 0 ? static_cast<std::int64_t>(below(400)) : heard + static_cast<std::int64_t>(10 * below(8));
      const auto woken = s.tick(at(to));
      heard = std::max(heard, to);
      marks.insert(marks.end(), woken.begin(), woken.end());
      break;
    }
    case 3:
      pass(1 + below(6));
    }
  drain(toy(), s, marks);

  memory_store whole;
  for (const auto& l : told)
    whole.add(fact_of(l));
  whole.tick(at(heard));
  drain(toy(), whole, whole.all_groups());
  ASSERT_EQ(s.dump(), whole.dump()) << "MILLRACE_SEED=" << seed;
  ASSERT_EQ(without_deadlines(s.dump()), oracle(told, heard)) << "MILLRACE_SEED=" << seed;
  for (const auto& [key, r] : s.tables().at("deadlines"))
    ASSERT_GT(from_postgres(*r[2]), at(heard)) << key << " MILLRACE_SEED=" << seed;
}

} // namespace

TEST(time_property, incremental_is_whole_is_the_oracle) {
  if (const char* seed = std::getenv("MILLRACE_SEED")) {
    one_history(std::strtoull(seed, nullptr, 10));
    return;
  }
  const auto first = std::random_device{}();
  for (std::uint64_t n = 0; n < 3000 && !HasFatalFailure(); ++n)
    one_history(first + n);
}

TEST(time, a_deadline_at_now_has_passed_and_one_behind_it_is_a_bug) {
  memory_store s;
  s.tick(at(100));
  static instant wakes;
  graph g = toy();
  g.functions[0].derive = [](std::string_view, reader&, rows_out& out) { out.wake(wakes); };
  const std::vector<mark> marks = {{"leased", "a"}};
  for (const auto& [moment, stuck] : {std::pair(at(99), 1u), {at(100), 1u}, {instant{at(100).us + 1}, 0u}}) {
    wakes = moment;
    EXPECT_EQ(run_pass(g, s, marks).stuck.size(), stuck);
  }
  EXPECT_EQ(s.tick(at(100)), std::vector<mark>());
  EXPECT_EQ(s.tick({at(100).us + 1}), (std::vector<mark>{{"job", "a"}}));
  EXPECT_EQ(s.tick(at(200)), std::vector<mark>()); // marked once; until it is derived its mark waits
}

TEST(time, who_is_not_described_so_neither_asks_nor_wakes) {
  memory_store s;
  s.add(fact_of({"a", 1, 10}));
  graph g = toy();
  g.functions[0].wakes = false;
  const std::vector<mark> marks = {{"leased", "a"}};
  EXPECT_EQ(run_pass(g, s, marks).why, std::vector<std::string>{"asks for now where nobody would wake it"});
  g.functions[0].derive = [](std::string_view, reader&, rows_out& out) { out.wake(at(1)); };
  EXPECT_EQ(run_pass(g, s, marks).why, std::vector<std::string>{"job wakes but is not described so"});
  g = toy();
  g.functions[0].changed = [](std::string_view, std::span<const change>, reader& r, fold::marks&) { r.now(); };
  s.tick(at(2));
  EXPECT_THROW(run_pass(g, s, marks), bug);
}

TEST(time, before_the_first_tick_nothing_has_passed) {
  memory_store s;
  s.add(fact_of({"a", 1, 10}));
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(without_deadlines(s.dump()), (lines{"jobs\ta\ta\truns\t" + to_postgres(at(11)), "shelves\ta\t1\tf"}));
}

TEST(time, an_old_deadline_is_forgotten_with_what_it_was_of) {
  memory_store s;
  const lease l{"a", 1, 10};
  s.add(fact_of(l));
  drain(toy(), s, s.all_groups());
  EXPECT_EQ(s.tables().at("deadlines").size(), 2u);
  drain(toy(), s, s.remove_event(fact_of(l).event_id));
  EXPECT_EQ(s.tables().at("deadlines").size(), 0u);
}
