#include "sample_request.hpp"
#include "exit_code.hpp"
#include "send_command.hpp"

#include "provider/verify.hpp"
#include "send_command.hpp"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

constexpr instant at{1'795'200'000 * second_us}; // two hours after the recordings

constexpr const char* sources_text = R"({"sources": {
  "hooks": {"provider": "texting", "keys": [{"id": "a", "signature": "texting-hmac", "inline": "a secret of thirty-two bytes ok!"}]},
  "dialler": {"provider": "aloware", "keys": [{"id": "a", "signature": "basic", "inline": "millrace:a secret of some length"}]},
  "casts": {"provider": "verity", "keys": [{"id": "a", "signature": "broadcast-hmac", "inline": "another secret of thirty-two byte"}]},
  "sms": {"provider": "twilio", "accounts": ["AC00000000000000000000000000000001"], "keys": [{"id": "a", "inline": "0123456789abcdef0123456789abcdef"}]}
}})";

sources::secret_store inline_secrets() {
  sources::secret_store s;
  s.environment = [](const std::string&) { return std::nullopt; };
  s.file = [](const std::string& path) -> result<std::string> { return bad("unreadable_file", path, "no files here"); };
  s.dev_mode = true;
  return s;
}

// Examples, profiles, and both sides of sources.json.
struct world {
  std::vector<fault> faults, warnings;
  catalogue profiles = catalogue::embedded(faults);
  std::vector<example> examples = embedded_examples(faults);
  std::shared_ptr<const sources> gateway_side = sources::parse("sources.json", sources_text, profiles, inline_secrets(), faults, warnings);
  std::vector<configured_sender> senders;

  world() {
    const std::string path = testing::TempDir() + "sample_request_sources.json";
    std::FILE* f = std::fopen(path.c_str(), "w");
    std::fputs(sources_text, f);
    std::fclose(f);
    auto read = read_senders(path, profiles, inline_secrets());
    EXPECT_TRUE(read);
    senders = *read;
    for (const fault& one : faults)
      ADD_FAILURE() << one.text();
  }
  sample of(const std::string& id) {
    for (const example& e : examples)
      if (e.id() == id)
        return of(e);
    throw std::invalid_argument(id);
  }
  sample of(const example& e) {
    for (const configured_sender& s : senders)
      if (s.provider == e.provider)
        return {&e, &s, &profiles, *find_signing_key(s, profiles, "", "", inline_secrets()), "http://127.0.0.1:8080"};
    throw std::invalid_argument(e.provider);
  }
  bool has_sender(const std::string& provider) const {
    for (const configured_sender& s : senders)
      if (s.provider == provider)
        return true;
    return false;
  }
  bool verifies(const sample& s, const outgoing& r) const {
    const std::vector<std::pair<std::string_view, std::string_view>> headers(r.headers.begin(), r.headers.end());
    webhook_request view{};
    const std::string target = r.url.substr(r.url.find('/', 8));
    view.method = r.method, view.target = target, view.url = r.url, view.headers = headers, view.body = r.body, view.received = at;
    return verify(*gateway_side->find(s.sender->provider, s.sender->source), view).result == verdict::outcome::yes;
  }
};

world& shared_world() {
  static world w;
  return w;
}

outgoing made(const sample& s, const variation& v = {}) {
  const auto request = unsigned_request(s, v, at);
  EXPECT_TRUE(request) << request.error().text();
  const auto ready = signed_request(s, *request, at);
  EXPECT_TRUE(ready) << ready.error().text();
  return *ready;
}

TEST(sample_request, every_example_is_signed_so_that_the_gateway_believes_it_and_a_changed_byte_is_refused) {
  world& w = shared_world();
  int seen = 0;
  for (const example& e : w.examples) {
    if (!w.has_sender(e.provider) || e.id() == "twilio/form-broken") // what Twilio signs is the form, read
      continue;
    const sample s = w.of(e);
    const outgoing request = made(s);
    EXPECT_TRUE(w.verifies(s, request)) << e.id();
    EXPECT_FALSE(w.verifies(s, tampered(s, request))) << e.id();
    ++seen;
  }
  EXPECT_GT(seen, 40);
}

TEST(sample_request, the_same_request_is_the_same_message) {
  world& w = shared_world();
  const sample s = w.of("texting/message-received");
  const outgoing a = made(s), b = made(s);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(dedupe_keys_of(s, a, at), dedupe_keys_of(s, b, at));
}

TEST(sample_request, another_event_has_another_dedupe_key) {
  world& w = shared_world();
  for (const char* id : {"texting/message-received", "twilio/inbound-sms", "aloware/contact-created"}) {
    const sample s = w.of(id);
    EXPECT_NE(dedupe_keys_of(s, made(s), at), dedupe_keys_of(s, made(s, {{}, "x", 0}), at)) << id;
    EXPECT_TRUE(w.verifies(s, made(s, {{}, "x", 0}))) << id;
  }
}

TEST(sample_request, what_is_said_earlier_says_so_in_its_own_form) {
  world& w = shared_world();
  EXPECT_NE(made(w.of("texting/message-received"), {{}, "", 3600}).body.find("\"2026-11-20T15:15:00Z\""), std::string::npos);
  EXPECT_NE(made(w.of("texting/message-received-nested"), {{}, "", 3600}).body.find("1795186740000"), std::string::npos);
  EXPECT_NE(made(w.of("aloware/contact-created"), {{}, "", 3600}).body.find("\"2026-11-20 14:01:44\""), std::string::npos);
  const auto none = unsigned_request(w.of("twilio/inbound-sms"), {{}, "", 3600}, at);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "no_time");
}

TEST(sample_request, values_are_set_in_json_and_in_forms) {
  world& w = shared_world();
  EXPECT_NE(made(w.of("texting/message-received"), {{{"/messageId", "\"m9\""}}, "", 0}).body.find("\"m9\""), std::string::npos);
  const std::string form = made(w.of("twilio/inbound-sms"), {{{"/From", "\"+1415\""}, {"/New", "\"a b\""}}, "", 0}).body;
  EXPECT_NE(form.find("&From=%2B1415&"), std::string::npos) << form;
  EXPECT_TRUE(form.ends_with("&New=a%20b")) << form;
}

TEST(sample_request, a_setting_is_a_pointer_and_json_or_text) {
  EXPECT_EQ(*read_setting("/a=1"), (std::pair<std::string, std::string>("/a", "1")));
  EXPECT_EQ(*read_setting("/a=+1 415"), (std::pair<std::string, std::string>("/a", "\"+1 415\"")));
  EXPECT_FALSE(read_setting("a=1"));
  EXPECT_FALSE(read_setting("/a"));
}

TEST(configured_sender, a_missing_source_says_what_there_is) {
  const auto none = find_sender(shared_world().senders, "texting", "", "hoks");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().detail.find("did you mean `hooks`"), std::string::npos) << none.error().detail;
}

TEST(configured_sender, a_missing_key_is_a_fault_and_not_an_unsigned_request) {
  configured_sender s = shared_world().senders.front();
  s.keys.clear();
  const auto none = find_signing_key(s, shared_world().profiles, "", "", inline_secrets());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "no_key");
}

TEST(send, a_burst_that_was_tampered_with_is_well_when_all_of_it_is_refused) {
  EXPECT_EQ(burst_code({{401, 5}}, true), well);
  EXPECT_EQ(burst_code({{401, 4}, {200, 1}}, true), found);
  EXPECT_EQ(burst_code({{200, 5}}, false), well);
  EXPECT_EQ(burst_code({{200, 4}, {503, 1}}, false), found);
}

} // namespace
} // namespace millrace::cli
