#include "pipeline/interpret.hpp"

#include "testing/senders.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

trial::senders& posting() {
  static trial::senders made;
  return made;
}

fold::grouped_fact fact(std::string kind, std::string key, std::string value) {
  return {std::move(kind), std::move(key), {{"value", {std::move(value)}}}, false, "acme/west"};
}

using taken = std::vector<fold::grouped_fact>;

taken take_country_twice(const event&, const std::vector<said_fact>&) {
  return {fact("setting", "country", "GB"), fact("setting", "country", "GB"), fact("agent", "CHRIS", "1")};
}
taken take_country_once(const event&, const std::vector<said_fact>&) {
  return {fact("lead_set", "country", "GB"), fact("setting", "country", "GB"), fact("setting", "country", "US")};
}
taken take_country_for_all(const event&, const std::vector<said_fact>&) {
  auto f = fact("setting", "country", "GB");
  f.project.clear();
  auto last = fact("setting", "country", "GB");
  last.last_at_equal_times = true;
  return {f, last};
}

fold::domain taking(std::vector<fold::grouped_fact> (*take)(const event&, const std::vector<said_fact>&)) {
  fold::domain d;
  d.take = take;
  return d;
}

// What a service with these domains takes of one event.
taken facts_of(std::vector<const fold::domain*> domains) {
  const auto e = posting().admin("setting.set", "acme/west", R"({"name":"country","value":"GB"})", {1'780'000'000 * second_us});
  service s;
  s.profiles = &posting().profiles();
  s.admin_sources = posting().all();
  s.domains = std::move(domains);
  kafka::record r;
  r.topic = "raw.admin";
  r.key = e.partition_key;
  r.value = e.body;
  r.headers = encode_headers(e);
  const auto i = interpret(s, r);
  EXPECT_EQ(i.ends, outcome::applied) << i.why;
  return i.facts;
}

std::size_t countries(const taken& facts) {
  return static_cast<std::size_t>(std::count(facts.begin(), facts.end(), fact("setting", "country", "GB")));
}

} // namespace

TEST(one_fact_of_two_domains, is_there_once) {
  const auto a = taking(take_country_once), b = taking(take_country_once);
  EXPECT_EQ(facts_of({&a}).size(), 3u);
  EXPECT_EQ(facts_of({&a, &b}), facts_of({&a}));
}

TEST(one_fact_of_two_domains, said_twice_within_one_domain_is_there_twice) {
  const auto once = taking(take_country_once), twice = taking(take_country_twice);
  EXPECT_EQ(countries(facts_of({&twice})), 2u);
  EXPECT_EQ(countries(facts_of({&twice, &once})), 2u);
  EXPECT_EQ(countries(facts_of({&once, &twice})), 2u);
  EXPECT_EQ(countries(facts_of({&twice, &twice, &once})), 2u);
  EXPECT_EQ(facts_of({&once, &twice}).size(), 5u);
}

TEST(one_fact_of_two_domains, is_equal_in_all_that_it_says) {
  const auto once = taking(take_country_once), other = taking(take_country_for_all);
  EXPECT_EQ(facts_of({&once, &other}).size(), 5u);
}
