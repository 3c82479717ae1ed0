// Webhooks of crm as their providers post them, really signed, and what must hold of any order of them: the ground on
// which the tests of whole histories stand. One thread.
#pragma once

#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::proof {

using lines = std::vector<std::string>;

inline constexpr instant t0{1'780'000'000'000'000}; // 2026-05-28T20:26:40Z
inline instant after(std::int64_t s) { return {t0.us + s * second_us}; }

// Which services' tables a program looks at, without settings. Each program that uses this says it.
std::vector<pipeline::service> services_under_test();
// One database for all tests of a program.
trial::senders& posting();
trial::line& the_line();

// An event of HighLevel's marketplace app: `members` is JSON, each member followed by a comma. Sent and received at `s`
// unless `received_s` is given. The webhookId is `hook`, else made of type, id and time.
event ghl(std::string_view type, std::string_view id, std::string_view members, std::int64_t s, std::int64_t received_s = -1,
          std::string_view hook = {}, std::string_view location = "loc1");
event aloware(std::string_view type, int id, std::string_view members, std::int64_t s, std::int64_t received_s = -1);
// A texting event; `time` is JSON, empty: the second itself.
event texting(std::string_view type, std::string_view id, std::string_view members, std::int64_t s, std::string_view time = {});
event twilio(std::string_view sid, std::string_view from, std::string_view body, std::int64_t received_s);
event verity(std::string_view type, std::string_view broadcast, std::string_view members, std::int64_t s);
event admin(std::string_view type, std::string_view data, std::int64_t s, std::string_view project = "acme/west");
event bound(std::string_view provider, std::string_view account, std::int64_t s, std::string_view project = "acme/west");
// A tick that says one time and is appended at another.
event tick(std::int64_t minute_s, std::int64_t appended_s);
// All accounts that the functions above speak for, bound to acme/west.
std::vector<event> all_bound();
// The same event on another partition: its key was other, or the topic had other partitions.
event elsewhere(event e, int n);

// MILLRACE_SEED, MILLRACE_ITERATIONS.
std::uint64_t first_seed();
bool replaying();
int iterations(int otherwise);

// Tables and raw rows after one undisturbed run: everything recorded in this order, then derived.
lines undisturbed(const std::vector<event>& events);
// Runs the events disturbed as the seed says (duplicates, splits, consumers); returns the tables.
lines disturbed(std::vector<event> events, std::uint64_t seed, trial::line::options o = {});
using trial::what_differs;
// One raw row for each dedupe_key, the balance exact, no mark and nothing stuck left. Empty when all is well.
lines faults_of_the_books(const std::vector<event>& events);

// Every order of up to six `events` (24 seeded ones of more), with `setting` strewn in between, gives the same tables; `check`
// looks at those of the undisturbed run.
void in_any_order(const std::vector<event>& setting, const std::vector<event>& events, const std::function<void()>& check,
                  std::uint64_t seed = first_seed());

// Two other orders of the events, disturbed, and a derivation of everything from the facts give `expected`; the books are right.
void still_holds(const lines& expected, std::vector<event> events, std::mt19937_64& random);

// Empties the derived tables and marks every group.
void forget_what_was_derived();

} // namespace millrace::proof
