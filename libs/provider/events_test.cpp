#include "provider/events.hpp"

#include "crypto/hash.hpp"
#include "provider/facts.hpp"
#include "provider/source_key.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

// One family "f" of a provider "test"; a source of it, and a key, that tests change.
struct scene {
  catalogue profiles;
  source of;
  source_key key;
  verdict said;
  header_list headers = {{"Content-Type", "application/json"}};
  split_limits limits;
  std::string url = "https://hooks.example.com/webhooks/test/s", method = "POST";

  explicit scene(const std::string& members, const std::string& signatures = R"("hmac-sha256-hex")") {
    std::vector<fault> faults;
    profiles = catalogue_of(R"("f": {"signatures": [)" + signatures + "], " + members + "}", faults);
    EXPECT_EQ(text_of(faults), "");
    of.name = "s";
    of.of = profiles.find("test");
    of.family_of = of.of->families.at("f");
    of.family_name = "f";
    of.accounts = {"a1", "a2"};
    said.result = verdict::outcome::yes;
    said.rule = &of.family_of->signatures[0];
    said.scheme = said.rule->id;
    said.key = &key;
    said.key_id = "k";
  }
  split_post post(const std::string& body) {
    held_ = body;
    viewed_.assign(headers.begin(), headers.end());
    webhook_request r{};
    r.method = method;
    r.url = url;
    r.target = std::string_view(url).substr(std::string_view("https://hooks.example.com").size());
    r.headers = viewed_;
    r.body = held_;
    r.received = {1'800'000'000 * second_us};
    return split(of, said, r, limits);
  }
  event one(const std::string& body) {
    auto made = post(body);
    EXPECT_EQ(made.events.size(), 1u);
    return made.events.at(0);
  }
  reading read(const event& e) const { return read_event(profiles, e); }

private:
  std::string held_;
  std::vector<std::pair<std::string_view, std::string_view>> viewed_;
};

const std::string plain_rules = R"("array": "either", "event": {"type": ["/type"], "account": ["/account"],
  "time": [{"from": "/at", "as": "epoch_s", "update": true}], "version": [{"pointer": "/uid"}],
  "entity": {"type": "thing", "id": ["/id"]}},
  "types": {"made": {"facts": [{"fact": "thing", "fields": {"id": "/id"}}]}})";

std::string hash_of(std::string_view bytes) { return to_hex(crypto::sha256(bytes)).substr(0, 16); }

TEST(split, an_array_becomes_exact_slices_with_what_stands_between) {
  scene s(plain_rules);
  const std::string body = "\r\n [ {\"type\":\"made\",\"id\":1} ,\n{\"type\" : \"made\"}\t]\r\n";
  const auto post = s.post(body);
  ASSERT_EQ(post.events.size(), 2u);
  EXPECT_EQ(post.events[0].before, "\r\n [ ");
  EXPECT_EQ(post.events[0].body, "{\"type\":\"made\",\"id\":1}");
  EXPECT_EQ(post.events[0].after, "");
  EXPECT_EQ(post.events[1].before, " ,\n");
  EXPECT_EQ(post.events[1].body, "{\"type\" : \"made\"}");
  EXPECT_EQ(post.events[1].after, "\t]\r\n");
  EXPECT_EQ(post.events[1].post_index, 1u);
  EXPECT_EQ(post.events[1].post_count, 2u);
  EXPECT_EQ(post.events[0].post_sha256, crypto::sha256(body));
  EXPECT_EQ(*join_post({post.events[1], post.events[0]}), body);
}

TEST(split, over_its_limits_no_event_is_made) {
  scene s(plain_rules);
  const std::string three = R"([{"type":"made"},2,3])";
  s.limits.events = 3;
  EXPECT_EQ(s.post(three).events.size(), 3u);
  s.limits.events = 2;
  EXPECT_EQ(s.post(three).too_large, "events");
  EXPECT_TRUE(s.post(three).events.empty());
  EXPECT_EQ(s.post("[1,2").too_large, "");
  EXPECT_EQ(s.post("[1,2,{").too_large, "events"); // what cannot be read is one more

  s.limits = {.events = 100, .bytes = 5'000};
  EXPECT_EQ(s.post(three).too_large, "");
  s.url += "?" + std::string(2'000, 'x'); // each event has it
  EXPECT_EQ(s.post(three).too_large, "bytes");
  EXPECT_TRUE(s.post(three).events.empty());
}

TEST(split, a_broken_array_keeps_its_whole_elements) {
  scene s(plain_rules);
  const auto post = s.post(R"([{"type":"made","id":1},{"type":"made","id":2} {"type)");
  ASSERT_EQ(post.events.size(), 3u);
  EXPECT_EQ(post.events[1].entity_id, "2");
  EXPECT_EQ(post.events[2].type, "unreadable");
  EXPECT_EQ(post.events[2].body, " {\"type");
  EXPECT_EQ(s.read(post.events[2]).code, "bad_json");
  EXPECT_EQ(s.read(post.events[0]).what, reading::outcome::applied);
  EXPECT_EQ(*join_post(post.events), R"([{"type":"made","id":1},{"type":"made","id":2} {"type)");
}

TEST(split, what_cannot_be_read_is_an_event_all_the_same) {
  scene s(plain_rules);
  for (const auto& [body, code] : {std::pair<std::string, std::string>{"", "bad_json"},
                                   {"{", "bad_json"},
                                   {"7", "wrong_kind"},
                                   {"null", "wrong_kind"},
                                   {"[7]", "wrong_kind"},
                                   {"[[]]", "wrong_kind"},
                                   {std::string(100, '[') + std::string(100, ']'), "wrong_kind"},
                                   {"{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}", "json_too_deep"}}) {
    const auto e = s.one(body);
    EXPECT_EQ(e.account, "s") << body;
    EXPECT_EQ(s.read(e).what, reading::outcome::error) << body;
    if (code != "wrong_kind" || body.size() < 10) {
      EXPECT_EQ(s.read(e).code, code) << body;
    }
    EXPECT_EQ(*join_post({e}), body);
  }
}

TEST(split, an_empty_array_is_one_event_that_means_nothing) {
  scene s(plain_rules);
  const auto e = s.one(" [ ]\n");
  EXPECT_EQ(e.type, "empty_array");
  EXPECT_EQ(s.read(e).what, reading::outcome::ignored);
  EXPECT_EQ(s.read(e).code, "empty_array");
  EXPECT_EQ(e.body, " [ ]\n");
}

TEST(split, an_object_where_an_array_is_wanted_and_the_reverse) {
  scene arrays(R"("array": true, "event": {"type": ["/type"]}, "types": {"x": {"ignored": "so"}})");
  EXPECT_EQ(arrays.read(arrays.one(R"({"type":"x"})")).code, "wrong_kind");
  EXPECT_EQ(arrays.read(arrays.one(R"([{"type":"x"}])")).code, "known");
  scene objects(R"("event": {"type": ["/type"]}, "types": {"x": {"ignored": "so"}})");
  EXPECT_EQ(objects.read(objects.one(R"([{"type":"x"}])")).code, "wrong_kind");
  EXPECT_EQ(objects.read(objects.one("[]")).code, "wrong_kind");
}

TEST(split, the_version_is_the_providers_id_where_the_signature_covers_it) {
  scene s(plain_rules, R"("hmac-sha256-hex", "bearer")");
  const std::string body = R"({"type":"made","id":1,"account":"a1","at":1700000000,"uid":"u:1"})";
  EXPECT_EQ(s.one(body).dedupe_key, "test:a1:made:1:u%3A1");
  EXPECT_EQ(s.one(body).key_id, "k");
  s.said.rule = s.of.family_of->find_signature("bearer");
  EXPECT_EQ(s.one(body).dedupe_key, "test:a1:made:1:1700000000000000." + hash_of(body));
  s.said.result = verdict::outcome::none;
  EXPECT_EQ(s.one(body).dedupe_key, "test:a1:made:1:1700000000000000." + hash_of(body));
  EXPECT_EQ(s.one(body).key_id, "");
  const std::string untimed = R"({"type":"made","id":1,"uid":{}})";
  s.said.result = verdict::outcome::yes;
  s.said.rule = &s.of.family_of->signatures[0];
  EXPECT_EQ(s.one(untimed).dedupe_key, "test:s:made:1:" + hash_of(untimed));
}

TEST(split, an_unsigned_header_never_is_a_version) {
  const std::string rules = R"("array": "either", "event": {"type": ["/type"], "version": [{"header": "webhook-id"}],
    "entity": {"type": "thing", "id": ["/id"]}}, "types": {})";
  scene s(rules, R"("standard-webhooks", "hmac-sha256-hex")");
  s.headers.emplace_back("Webhook-Id", "msg_1");
  EXPECT_EQ(s.one(R"({"type":"x","id":1})").dedupe_key, "test:s:x:1:msg_1");
  const auto two = s.post(R"([{"type":"x","id":1},{"type":"x","id":1}])");
  EXPECT_EQ(two.events[0].dedupe_key, "test:s:x:1:msg_1.0");
  EXPECT_EQ(two.events[1].dedupe_key, "test:s:x:1:msg_1.1");
  s.said.rule = s.of.family_of->find_signature("hmac-sha256-hex");
  const std::string body = R"({"type":"x","id":1})";
  EXPECT_EQ(s.one(body).dedupe_key, "test:s:x:1:" + hash_of(body));
}

TEST(split, redeliveries_of_the_same_bytes_are_one_event_and_other_bytes_another) {
  scene s(R"("event": {"type": ["/type"]}, "types": {})");
  EXPECT_EQ(s.one(R"({"type":"x"})").dedupe_key, s.one(R"({"type":"x"})").dedupe_key);
  EXPECT_NE(s.one(R"({"type":"x"})").dedupe_key, s.one(R"({"type":"x" })").dedupe_key);
}

TEST(split, an_account_that_the_source_may_not_speak_for_is_foreign) {
  scene s(plain_rules);
  EXPECT_FALSE(s.post(R"({"type":"made","account":"a2"})").all_foreign);
  EXPECT_FALSE(s.post(R"({"type":"made"})").all_foreign) << "no account: the source's own name";
  EXPECT_TRUE(s.post(R"({"type":"made","account":"b"})").all_foreign);
  EXPECT_TRUE(s.post(R"([{"type":"made","account":"b"},{"type":"made","account":"c"}])").all_foreign);
}

TEST(split, a_foreign_element_of_a_mixed_array_cannot_take_the_others_place) {
  scene s(plain_rules);
  const auto post = s.post(R"([{"type":"made","id":1,"account":"victim","uid":"u1"},{"type":"made","id":1,"account":"a1"},{]})");
  EXPECT_FALSE(post.all_foreign);
  ASSERT_EQ(post.events.size(), 3u);
  EXPECT_EQ(post.events[0].account, "s");
  EXPECT_EQ(post.events[0].dedupe_key, "test:s:made:1:u1");
  EXPECT_EQ(s.read(post.events[0]).what, reading::outcome::error);
  EXPECT_EQ(s.read(post.events[0]).code, "foreign_account");
  EXPECT_TRUE(s.read(post.events[0]).facts.empty());
  EXPECT_EQ(s.read(post.events[1]).what, reading::outcome::applied);
  const auto back = decode_record("k", post.events[0].body, encode_headers(post.events[0]));
  EXPECT_EQ(s.read(*back).code, "foreign_account") << "decided from the record alone";
}

TEST(split, any_account_needs_the_app_id) {
  scene s(R"("app_id": "/appId", )" + plain_rules);
  s.of.any_account = true;
  s.of.app_ids = {"app1"};
  EXPECT_FALSE(s.post(R"({"type":"made","account":"whoever","appId":"app1"})").all_foreign);
  EXPECT_TRUE(s.post(R"({"type":"made","account":"whoever","appId":"app2"})").all_foreign);
  EXPECT_TRUE(s.post(R"({"type":"made","account":"a1"})").all_foreign);
}

TEST(split, an_operators_key_speaks_for_its_projects_and_kinds) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  scene s(plain_rules);
  s.of.of = profiles.find("admin");
  s.of.family_of = s.of.of->families.at("command");
  s.said.rule = &s.of.family_of->signatures[0];
  s.key.accounts = {"acme/*"};
  s.key.types = {"agent.*", "opt.set"};
  const auto foreign = [&](const std::string& type, const std::string& project) {
    return s.post(R"({"type":")" + type + R"(","project":")" + project + R"(","data":{"agent_key":"A"}})").all_foreign;
  };
  EXPECT_FALSE(foreign("agent.set", "acme/west"));
  EXPECT_FALSE(foreign("opt.set", "acme/east"));
  EXPECT_TRUE(foreign("agent.set", "other/west"));
  EXPECT_TRUE(foreign("entity.erased", "acme/west"));
  EXPECT_TRUE(foreign("agent.set", ""));
  s.said.key = nullptr;
  EXPECT_TRUE(foreign("agent.set", "acme/west"));
}

TEST(split, names_of_any_length_fit_into_a_record) {
  scene s(plain_rules);
  const std::string longest(100'000, 'x');
  const auto e = s.one(R"({"type":")" + longest + R"(","id":")" + longest + R"("})");
  EXPECT_EQ(e.type, "sha256-" + to_hex(crypto::sha256(longest)));
  EXPECT_EQ(e.entity_id, e.type);
  EXPECT_LT(e.dedupe_key.size(), 400u);
  EXPECT_EQ(s.read(e).code, "unknown_type");
}

TEST(split, headers_that_prove_are_kept_and_secrets_are_not) {
  scene s(plain_rules, R"("standard-webhooks", "bearer", "texting")");
  s.headers = {{"Content-Type", "application/json"}, {"webhook-id", "m"},      {"Webhook-Signature", "v1,a"}, {"Webhook-Signature", "v1,b"},
               {"Authorization", "Bearer secret"},   {"X-Texting-Secret", "s"}, {"Cookie", "c"}};
  const auto e = s.one("{}");
  EXPECT_EQ(e.signed_headers,
            (header_list{{"webhook-id", "m"}, {"webhook-signature", "v1,a"}, {"webhook-signature", "v1,b"}}));
  EXPECT_EQ(e.content_type, "application/json");
}

TEST(split, a_form_is_one_event_also_when_it_comes_by_get) {
  const std::string rules = R"("body": "form", "event": {"type": ["/kind"], "account": ["/acc"], "version": [{"pointer": "/sid"}],
    "entity": {"type": "m", "id": ["/sid"]}}, "types": {"k": {"facts": [{"fact": "m", "fields": {"sid": "/sid", "t": "/t"}}]}})";
  scene s(rules, R"("twilio")");
  const auto e = s.one("kind=k&acc=a1&sid=S%3A1&t=a&t=b&t=a");
  EXPECT_EQ(e.dedupe_key, "test:a1:k:S%3A1:S%3A1");
  const auto r = s.read(e);
  ASSERT_EQ(r.facts.size(), 1u);
  EXPECT_EQ(to_json(r.facts[0].fields), R"({"sid":"S:1","t":"[\"a\",\"b\"]"})");
  EXPECT_EQ(r.payload_json, R"({"kind":"k","acc":"a1","sid":"S:1","t":["a","b"]})");
  s.method = "GET";
  s.url += "?kind=k&acc=a1&sid=S%3A1&t=a&t=b&t=a";
  const auto got = s.one("");
  EXPECT_EQ(got.dedupe_key, e.dedupe_key);
  EXPECT_EQ(s.read(got).payload_json, r.payload_json);
  s.method = "POST";
  EXPECT_EQ(s.read(s.one("a=%q")).code, "bad_form");
}

TEST(split, a_handshake_is_answered_and_not_published) {
  const std::string event = R"(, "event": {"type": ["/type"]}, "types": {})";
  scene echo(R"("handshake": {"when": {"pointer": "/type", "equals": "url_verification"}, "answer": {"echo": "/challenge"}})" + event);
  EXPECT_EQ(echo.post(R"({"type":"url_verification","challenge":"c1"})").handshake_body, "c1");
  EXPECT_TRUE(echo.post(R"({"type":"url_verification","challenge":"c1"})").events.empty());
  EXPECT_EQ(echo.post(R"({"type":"url_verification"})").events.size(), 1u) << "nothing to echo";
  EXPECT_EQ(echo.post(R"({"type":"other","challenge":"c1"})").events.size(), 1u);
  scene fixed(R"("handshake": {"when": {"pointer": "/test", "equals": "true"}, "answer": {"body": "{}", "content_type": "application/json"}})" + event);
  EXPECT_EQ(fixed.post(R"({"test":true})").handshake_body, "{}");
  EXPECT_EQ(fixed.post(R"({"test":true})").handshake_content_type, "application/json");
}

TEST(split, times_are_what_the_provider_means) {
  scene s(R"("event": {"type": ["/type"], "time": [{"from": "/t", "as": ["rfc3339", "epoch_ms"]}, {"from": "/local", "as": {"naive": "-07:00"}},
    {"from": "/utc", "as": "naive_utc"}]}, "types": {})");
  const auto time = [&](const std::string& body) {
    const auto e = s.one(body);
    return e.said_time ? to_rfc3339(*e.said_time) : "unsaid";
  };
  EXPECT_EQ(time(R"({"t":"2026-11-20T10:00:00.1234567+02:00"})"), "2026-11-20T08:00:00.123456Z");
  EXPECT_EQ(time(R"({"t":1795190400123})"), "2026-11-20T16:00:00.123000Z");
  EXPECT_EQ(time(R"({"local":"2026-11-20 10:00:00"})"), "2026-11-20T17:00:00.000000Z");
  EXPECT_EQ(time(R"({"utc":"2026-11-20 10:00:00"})"), "2026-11-20T10:00:00.000000Z");
  EXPECT_EQ(time(R"({"t":"2026-11-20 10:00:00","utc":"2026-11-20 11:00:00"})"), "2026-11-20T11:00:00.000000Z");
  EXPECT_EQ(time(R"({"t":"soon"})"), "unsaid");
  EXPECT_EQ(time(R"({"t":null})"), "unsaid");
  EXPECT_EQ(time(R"({"t":{}})"), "unsaid");
}

// "updated_at" that is null, or no time, says nothing: the next name decides.
TEST(split, the_first_name_that_says_a_time_decides) {
  scene s(R"("event": {"bases": ["/m", ""], "type": ["/type"], "time": [{"from": ["/m/updated", "/updated", "/made"], "as": "naive_utc"}],
    "entity": {"type": "thing", "id": ["/id"]}}, "types": {"made": {"ignored": "x"}})");
  const auto time = [&](const std::string& body) {
    const event e = s.one(body);
    return e.said_time ? to_rfc3339(*e.said_time) : "unsaid";
  };
  EXPECT_EQ(time(R"({"updated":"2026-11-20 10:00:00","made":"2026-11-20 09:00:00"})"), "2026-11-20T10:00:00.000000Z");
  EXPECT_EQ(time(R"({"updated":null,"made":"2026-11-20 09:00:00"})"), "2026-11-20T09:00:00.000000Z");
  EXPECT_EQ(time(R"({"updated":"0000-00-00 00:00:00","made":"2026-11-20 09:00:00"})"), "2026-11-20T09:00:00.000000Z");
  EXPECT_EQ(time(R"({"m":{"updated":"2026-11-20 08:00:00"},"made":"2026-11-20 09:00:00"})"), "2026-11-20T08:00:00.000000Z");
  EXPECT_EQ(time(R"({"updated":null})"), "unsaid");
}

TEST(join_post, a_missing_or_foreign_event_is_told) {
  scene s(plain_rules);
  const auto a = s.post(R"([{"type":"made"},{"type":"made","id":2}])").events;
  const auto b = s.post(R"([{"type":"made"},{"type":"made","id":3}])").events;
  EXPECT_EQ(join_post({}).error().code, "torn_post");
  EXPECT_EQ(join_post({a[0]}).error().code, "torn_post");
  EXPECT_EQ(join_post({a[1]}).error().code, "torn_post");
  EXPECT_EQ(join_post({a[0], a[0]}).error().code, "torn_post");
  EXPECT_EQ(join_post({a[0], b[1]}).error().code, "torn_post");
  EXPECT_TRUE(join_post({a[1], a[0]}));
}

} // namespace
} // namespace millrace
