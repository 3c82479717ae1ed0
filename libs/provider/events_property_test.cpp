// Examples, mutated at random: whatever comes, nothing crashes, nothing is lost, and two readings agree.
// MILLRACE_SEED=<n> replays a failure, MILLRACE_ROUNDS=<n> makes more of it.
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "provider/events.hpp"
#include "provider/examples.hpp"
#include "provider/facts.hpp"
#include "provider/family.hpp"
#include "provider/source_key.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace millrace {
namespace {

const catalogue& profiles() {
  static const catalogue loaded = [] {
    std::vector<fault> faults;
    return catalogue::embedded(faults);
  }();
  return loaded;
}

const std::vector<example>& examples() {
  static const auto loaded = [] {
    std::vector<fault> faults;
    return embedded_examples(faults);
  }();
  return loaded;
}

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

class mutator {
public:
  explicit mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }

  std::string mutate(std::string text) {
    for (std::size_t rounds = 1 + below(6); rounds; --rounds)
      once(text);
    return text;
  }

private:
  void once(std::string& text) {
    static const std::vector<std::string> spice = {
        "{}", "[]", "null", "\"\"", "0", "-1", "1e400", "true", "\"\\u0000\"", "\"\\ud800\"", "\xff", std::string(1, '\0'), "[[", "}}", ",", ":",
        "\"id\":null,", "\"type\":\"ContactUpdate\",", "%zz", "&", "=", "%00", "99999999999999999999999", "\"2026-13-45\"", "[{", "}]", " ", "\n",
        "{\"a\":{\"b\":{\"c\":[]}}}", "\"sg_event_id\":{},", std::string(300, 'x')};
    const auto at = below(text.size() + 1), length = below(std::min<std::size_t>(text.size() - at, 40) + 1);
    switch (below(6)) {
    case 0: // a byte
      if (at < text.size())
        text[at] = static_cast<char>(below(256));
      return;
    case 1: // cut out
      text.erase(at, length);
      return;
    case 2: // doubled
      text.insert(below(text.size() + 1), text.substr(at, length));
      return;
    case 3:
      text.insert(at, spice[below(spice.size())]);
      return;
    case 4: // a value replaced
      replace_value(text, spice[below(spice.size())]);
      return;
    case 5: // cut short
      text.resize(at);
    }
  }

  void replace_value(std::string& text, const std::string& with) {
    const auto colon = text.find(':', below(text.size() + 1));
    if (colon == std::string::npos)
      return;
    const auto end = text.find_first_of(",}]", colon);
    text.replace(colon + 1, (end == std::string::npos ? text.size() : end) - colon - 1, with);
  }

  std::mt19937_64 random_;
};

struct staged {
  source of;
  verdict said;
  source_key key;
};

void stage(const example& e, staged& s, std::size_t variant) {
  const auto& p = *profiles().find(e.provider);
  s.of.name = "fuzz";
  s.of.of = &p;
  s.of.family_of = p.families.find(e.family)->second;
  s.of.family_name = e.family;
  s.of.any_account = variant % 2 == 0;
  s.of.accounts = {e.accounts.begin(), e.accounts.end()};
  if (s.of.family_of->scoped_keys)
    s.key.accounts = s.key.types = {"*"};
  s.said.result = variant % 3 == 2 ? verdict::outcome::no : verdict::outcome::yes;
  s.said.rule = s.of.family_of->signatures.empty() ? nullptr : &s.of.family_of->signatures[0];
  s.said.key = &s.key;
}

webhook_request request_of(const example& e, const std::string& body,
                           std::vector<std::pair<std::string_view, std::string_view>>& headers) {
  headers.assign(e.headers.begin(), e.headers.end());
  webhook_request r;
  r.method = e.method;
  r.target = e.url;
  r.url = e.url;
  r.headers = headers;
  r.body = body;
  r.received = e.received;
  return r;
}

void check_event(const event& e) {
  EXPECT_FALSE(e.dedupe_key.empty());
  EXPECT_LE(e.dedupe_key.size(), 5u * 620);
  EXPECT_TRUE(is_utf8(e.dedupe_key));
  const auto headers = encode_headers(e);
  for (const auto& [name, value] : headers)
    EXPECT_TRUE(is_utf8(value)) << name;
  const auto back = decode_record(e.partition_key, e.body, headers);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(encode_headers(*back), headers);
  const auto first = read_event(profiles(), e), second = read_event(profiles(), *back);
  EXPECT_EQ(first.what, second.what);
  EXPECT_EQ(first.code, second.code);
  EXPECT_EQ(first.payload_json, second.payload_json);
  ASSERT_EQ(first.facts.size(), second.facts.size());
  for (std::size_t i = 0; i < first.facts.size(); ++i) {
    const auto text = to_json(first.facts[i].fields);
    EXPECT_EQ(text, to_json(second.facts[i].fields));
    EXPECT_TRUE(fields_from_json(text) == first.facts[i].fields);
  }
  EXPECT_EQ(first.facts.empty(), first.what != reading::outcome::applied);
  const auto payload = json::parse(first.payload_json);
  ASSERT_TRUE(payload) << first.payload_json.substr(0, 200);
  EXPECT_TRUE(is_utf8(first.payload_json));
  EXPECT_EQ(json::make_storable(payload->root()).replaced, 0u) << first.payload_json.substr(0, 200);
}

void check_post(const example& e, const std::string& body, std::size_t variant) {
  staged s;
  stage(e, s, variant);
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  const auto request = request_of(e, body, headers);
  const auto post = split(s.of, s.said, request);
  if (!post.handshake_body.empty())
    return;
  ASSERT_FALSE(post.events.empty());
  for (const auto& one : post.events) {
    EXPECT_EQ(one.post_sha256, crypto::sha256(body));
    check_event(one);
  }
  auto shuffled = post.events;
  std::reverse(shuffled.begin(), shuffled.end());
  const auto joined = join_post(shuffled);
  ASSERT_TRUE(joined) << joined.error().text();
  EXPECT_EQ(*joined, body);
  const auto again = split(s.of, s.said, request);
  ASSERT_EQ(again.events.size(), post.events.size());
  for (std::size_t i = 0; i < again.events.size(); ++i)
    EXPECT_EQ(again.events[i].dedupe_key, post.events[i].dedupe_key);
}

TEST(events, mutated_examples_lose_nothing_and_read_the_same_twice) {
  const auto seed = number_from("MILLRACE_SEED", std::random_device{}());
  const auto rounds = number_from("MILLRACE_ROUNDS", 12'000);
  ASSERT_FALSE(examples().empty());
  mutator random(seed);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const auto& e = examples()[random.below(examples().size())];
    const auto body = random.mutate(e.body);
    check_post(e, body, random.below(6));
    if (testing::Test::HasFailure())
      FAIL() << "MILLRACE_SEED=" << seed << " round " << i << ", " << e.id() << ":\n" << body;
  }
}

TEST(events, every_example_survives_in_every_other_family) {
  for (const auto& e : examples())
    for (const auto& [name, p] : profiles().all())
      for (const auto& [family_name, f] : p.families) {
        auto other = e;
        other.provider = name;
        other.family = family_name;
        check_post(other, e.body, 0);
        ASSERT_FALSE(testing::Test::HasFailure()) << e.id() << " as " << name << "/" << family_name;
      }
}

} // namespace
} // namespace millrace
