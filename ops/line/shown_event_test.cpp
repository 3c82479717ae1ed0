// What of an event is shown, and what is not.
#include "line/shown_event.hpp"

#include <gtest/gtest.h>

using namespace millrace;

namespace {

const catalogue& profiles() {
  static std::vector<fault> faults;
  static const catalogue all = catalogue::embedded(faults);
  return all;
}

event text_message(std::string body) {
  event e;
  e.provider = "texting";
  e.family = "webhook";
  e.source = "west";
  e.account = "acct_1";
  e.type = "message.received";
  e.entity_type = "message";
  e.entity_id = "+15550001234";
  e.dedupe_key = make_dedupe_key("texting", "acct_1", e.type, e.entity_id, "v1");
  e.partition_key = "acct_1:x";
  e.received = instant{1'795'190'400'000'000};
  e.method = "POST";
  e.url = "https://hooks.example.com/webhooks/texting/west?token=secret";
  e.body = std::move(body);
  e.post_sha256 = std::string(32, 'x');
  e.content_type = "application/json";
  return e;
}

line::shown_event shown(const event& e) {
  const header_list headers = encode_headers(e);
  kafka::record r;
  r.topic = "raw.texting";
  r.key = e.partition_key;
  r.value = e.body;
  r.headers = headers;
  return line::show(profiles(), r);
}

} // namespace

TEST(shown_event, people_and_what_they_wrote_are_masked_in_payload_subject_and_key) {
  const auto s = shown(text_message(R"({"eventType":"message.received","messageId":"t1","from":"+15550001234","to":"+15550009999","body":"my secret","n":1})"));
  EXPECT_EQ(s.unreadable, "");
  EXPECT_EQ(s.payload, R"({"eventType":"message.received","messageId":"t1","from":"[masked]","to":"[masked]","body":"[masked]","n":1})");
  EXPECT_EQ(s.subject, "message/[masked]");
  EXPECT_EQ(s.dedupe_key.find("15550001234"), std::string::npos) << s.dedupe_key;
}

TEST(shown_event, the_query_of_an_url_is_not_shown) {
  EXPECT_EQ(shown(text_message("{}")).url, "https://hooks.example.com/webhooks/texting/west");
}

TEST(shown_event, of_facts_the_kinds_and_the_names_of_their_fields_are_shown) {
  const auto s = shown(text_message(
      R"({"eventType":"message.received","messageId":"t1","conversationId":"c1","direction":"inbound","from":"+15550001234","to":"+15550009999","body":"hi","timestamp":"2026-11-20T16:25:10Z"})"));
  EXPECT_EQ(s.outcome, "applied") << s.code << " " << s.detail;
  ASSERT_FALSE(s.facts.empty());
  EXPECT_FALSE(s.facts.front().fields.empty());
}

TEST(shown_event, what_is_no_event_of_ours_says_why) {
  kafka::record r;
  r.topic = "raw.texting";
  r.value = "hello";
  EXPECT_NE(line::show(profiles(), r).unreadable, "");
}
