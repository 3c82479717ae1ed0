#include "histories.hpp"

#include "core/format.hpp"
#include "pipeline/ticks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>

namespace millrace::proof {

namespace {

std::string json_text(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string percent(std::string_view text) {
  std::string out;
  for (const unsigned char c : text)
    out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : format("%{:02X}", c);
  return out;
}

std::string naive(instant t) {
  auto text = to_rfc3339(t);
  text[10] = ' ';
  return text.substr(0, 19);
}

std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Deals `setting` into `events` at random places, the order of each kept.
std::vector<event> strewn(const std::vector<event>& setting, const std::vector<event>& events, std::mt19937_64& random) {
  auto out = events;
  for (const auto& e : setting)
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(random() % (out.size() + 1)), e);
  return out;
}

std::vector<std::vector<std::size_t>> orders_of(std::size_t n, std::mt19937_64& random) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<std::vector<std::size_t>> all;
  if (n <= 6) {
    do
      all.push_back(order);
    while (std::next_permutation(order.begin(), order.end()));
    return all;
  }
  for (int i = 0; i < 24; ++i) {
    all.push_back(order);
    std::shuffle(order.begin(), order.end(), random);
  }
  return all;
}

std::set<std::string> raw_tables() {
  std::set<std::string> places;
  for (const auto& s : the_line().services()) {
    places.insert(s.own("raw_events"));
    for (const auto* d : s.domains)
      for (const auto& t : d->raw_tables)
        places.insert(s.place(t));
  }
  return places;
}

} // namespace

trial::senders& posting() {
  static trial::senders made;
  return made;
}

trial::line& the_line() {
  static trial::line made(services_under_test(), posting().profiles(), posting().all());
  return made;
}

event ghl(std::string_view type, std::string_view id, std::string_view members, std::int64_t s, std::int64_t received_s, std::string_view hook,
          std::string_view location) {
  const auto webhook = hook.empty() ? format("{}-{}-{}", type, id, s) : std::string(hook);
  return posting()
      .post("ghl", "marketplace",
            format(R"({{"type":"{}","locationId":"{}","appId":"app1","id":"{}",{}"timestamp":"{}","webhookId":"{}"}})", type, location, id,
                   members, to_rfc3339(after(s)), webhook),
            after(received_s < 0 ? s : received_s))
      .front();
}

event aloware(std::string_view type, int id, std::string_view members, std::int64_t s, std::int64_t received_s) {
  return posting()
      .post("aloware", "webhook",
            format(R"({{"event":"{}","body":{{"id":{},{}"created_at":"{}","updated_at":"{}"}}}})", type, id, members, naive(after(s)),
                   naive(after(s))),
            after(received_s < 0 ? s : received_s))
      .front();
}

event texting(std::string_view type, std::string_view id, std::string_view members, std::int64_t s, std::string_view time) {
  return posting()
      .post("texting", "webhook",
            format(R"({{"eventType":"{}","messageId":"{}",{}"timestamp":{}}})", type, id, members,
                   time.empty() ? json_text(to_rfc3339(after(s))) : std::string(time)),
            after(s))
      .front();
}

event twilio(std::string_view sid, std::string_view from, std::string_view body, std::int64_t received_s) {
  return posting()
      .post("twilio", "messaging",
            format("AccountSid=AC1&MessageSid={}&SmsStatus=received&From={}&To=%2B15550009999&Body={}", sid, percent(from), percent(body)),
            after(received_s))
      .front();
}

event verity(std::string_view type, std::string_view broadcast, std::string_view members, std::int64_t s) {
  return posting()
      .post("verity", "broadcast",
            format(R"({{"eventType":"{}","broadcastId":"{}",{}"timestamp":"{}"}})", type, broadcast, members, to_rfc3339(after(s))), after(s))
      .front();
}

event admin(std::string_view type, std::string_view data, std::int64_t s, std::string_view project) {
  return posting().admin(type, project, data, after(s));
}

event tick(std::int64_t minute_s, std::int64_t appended_s) { return pipeline::make_tick(after(minute_s), after(appended_s)); }

event bound(std::string_view provider, std::string_view account, std::int64_t s, std::string_view project) {
  return admin("source.bound", format(R"({{"provider":"{}","account":"{}"}})", provider, account), s, project);
}

std::vector<event> all_bound() {
  return {bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0), bound("texting", "texting-webhook", 0), bound("twilio", "AC1", 0),
          bound("verity", "verity-broadcast", 0)};
}

event elsewhere(event e, int n) {
  e.partition_key += format("/{}", n);
  return e;
}

std::uint64_t first_seed() { return number_of("MILLRACE_SEED", 1); }
bool replaying() { return std::getenv("MILLRACE_SEED") != nullptr; }
int iterations(int otherwise) { return replaying() ? 1 : static_cast<int>(number_of("MILLRACE_ITERATIONS", static_cast<std::uint64_t>(otherwise))); }

lines undisturbed(const std::vector<event>& events) {
  the_line().clear();
  the_line().record(events);
  the_line().derive();
  return the_line().dump();
}

lines disturbed(std::vector<event> events, std::uint64_t seed, trial::line::options o) {
  std::mt19937_64 random(seed);
  for (std::size_t n = random() % 4; n > 0; --n) // told twice, anywhere
    events.insert(events.begin() + static_cast<std::ptrdiff_t>(random() % (events.size() + 1)), events[random() % events.size()]);
  o.consumers = 1 + random() % 3;
  o.batch_most = 1 + random() % 4;
  o.derive_between = random() % 4 != 0;
  the_line().clear();
  the_line().run(events, random, o);
  return the_line().dump();
}

lines faults_of_the_books(const std::vector<event>& events) {
  lines faults;
  std::string all;
  for (const auto& table : raw_tables())
    all += (all.empty() ? "select dedupe_key from " : " union all select dedupe_key from ") + table;
  auto stored = the_line().rows(all);
  std::sort(stored.begin(), stored.end());
  std::set<std::string> keys;
  for (const auto& e : events)
    if (e.provider != pipeline::clock_topic)
      keys.insert(e.dedupe_key);
  for (const auto& l : what_differs(lines(keys.begin(), keys.end()), stored))
    faults.push_back("raw row " + l);
  for (const auto& s : the_line().services()) {
    for (const auto& l : the_line().rows("select topic, partition, next_offset - first_offset, applied, ignored, duplicate, error, stuck from " + s.own("applied") +
                                         " where next_offset - first_offset <> applied + ignored + duplicate + error + stuck or stuck > 0"))
      faults.push_back("balance of " + s.name + ": " + l);
    for (const auto* table : {"marks", "stuck_groups"})
      for (const auto& l : the_line().rows("select * from " + s.own(table) + " limit 5"))
        faults.push_back(s.name + " " + table + ": " + l);
  }
  return faults;
}

void in_any_order(const std::vector<event>& setting, const std::vector<event>& events, const std::function<void()>& check, std::uint64_t seed) {
  auto whole = setting;
  whole.insert(whole.end(), events.begin(), events.end());
  const auto expected = undisturbed(whole);
  check();
  ASSERT_EQ(faults_of_the_books(whole), lines());
  std::mt19937_64 random(seed);
  std::uint64_t disturbance = seed;
  for (const auto& order : orders_of(events.size(), random)) {
    std::vector<event> ordered;
    std::string shown;
    for (const auto i : order) {
      ordered.push_back(events[i]);
      shown += std::to_string(i) + ' ';
    }
    const auto differs = what_differs(expected, disturbed(strewn(setting, ordered, random), ++disturbance));
    ASSERT_EQ(differs, lines()) << "order " << shown << "; replay with MILLRACE_SEED=" << seed;
    ASSERT_EQ(faults_of_the_books(whole), lines()) << "order " << shown << "; replay with MILLRACE_SEED=" << seed;
  }
}

void forget_what_was_derived() {
  auto& c = the_line().connection();
  for (const auto& s : the_line().services()) {
    for (const auto* d : s.domains)
      for (const auto* t : d->graph->tables)
        c.script("delete from " + s.place(*t));
    c.script("delete from " + s.own("findings") + "; delete from " + s.own("bindings") + "; delete from " + s.own("held_events"));
    c.script("insert into " + s.own("marks") + " (project_id, function, key) select distinct project_id, kind, key from " + s.own("facts") +
             " where project_id is not null and project_id <> '" + std::string(pipeline::no_project) + "'");
    c.script("insert into " + s.own("marks") + " (project_id, function, key) select distinct project_id, 'projection', key from " + s.own("facts") +
             " where project_id = '" + std::string(pipeline::no_project) + "'");
  }
}

void still_holds(const lines& expected, std::vector<event> events, std::mt19937_64& random) {
  for (int n = 0; n < 2; ++n) {
    std::shuffle(events.begin(), events.end(), random);
    ASSERT_EQ(what_differs(expected, disturbed(events, random())), lines()) << "another order";
    ASSERT_EQ(faults_of_the_books(events), lines());
  }
  forget_what_was_derived();
  the_line().derive();
  ASSERT_EQ(what_differs(expected, the_line().dump()), lines()) << "derived anew from the facts";
}

} // namespace millrace::proof
