#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "crypto/hash.hpp"
#include "event/event.hpp"
#include "event/record_headers.hpp"
#include "event/stamp.hpp"
#include "json/document.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace millrace {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

event complete_event() {
  event e;
  e.provider = "sendgrid";
  e.family = "events";
  e.source = "main";
  e.account = "acme/west %";
  e.type = "delivered";
  e.entity_type = "message";
  e.entity_id = "a/b:c";
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, "sg_1");
  e.partition_key = make_partition_key(e.account, e.entity_id);
  e.received = *parse_rfc3339("2026-11-21T00:18:44.123456Z");
  e.said_time = *parse_rfc3339("2026-11-21T00:18:40Z");
  e.verdict = verified::yes;
  e.key_id = "2026";
  e.body = std::string("{\"a\":\0}", 7);
  e.content_type = "application/json; charset=utf-8";
  e.method = "POST";
  e.url = "https://hooks.example.com/webhooks/sendgrid/main?x=1";
  e.signed_headers = {{"x-sig", "one"}, {"x-sig", "two"}, {"x-odd", "\xff\xfe"}};
  e.post_sha256 = crypto::sha256("whole");
  e.post_index = 1;
  e.post_count = 2;
  e.before = ",\r\n ";
  e.after = "]\r\n";
  e.unreadable = "bad_json at byte 6";
  e.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  e.tracestate = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
  return e;
}

void expect_equal(const event& a, const event& b) {
  EXPECT_EQ(encode_headers(a), encode_headers(b));
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.partition_key, b.partition_key);
  EXPECT_EQ(a.account, b.account);
  EXPECT_EQ(a.entity_id, b.entity_id);
  EXPECT_EQ(a.said_time, b.said_time);
  EXPECT_EQ(a.signed_headers, b.signed_headers);
  EXPECT_EQ(a.before, b.before);
  EXPECT_EQ(a.after, b.after);
  EXPECT_EQ(a.verdict, b.verdict);
}

TEST(dedupe_key, comes_out_as_the_published_vectors_say) {
  const auto text = content_of(MILLRACE_SOURCE_DIR "/libs/event/dedupe_key_vectors.json");
  const auto document = json::parse(text);
  ASSERT_TRUE(document) << document.error().text();
  std::size_t count = 0;
  for (auto vector : document->root().member("vectors")->children()) {
    const auto part = [&](const char* name) { return vector.member(name)->text(); };
    EXPECT_EQ(make_dedupe_key(part("provider"), part("account"), part("event_type"), part("entity_id"), part("version")),
              part("dedupe_key"))
        << vector.source();
    EXPECT_EQ(to_hex(crypto::sha256(part("dedupe_key"))), part("key_hash"));
    EXPECT_EQ(make_partition_key(part("account"), part("entity_id")), part("partition_key"));
    ++count;
  }
  EXPECT_GE(count, 8u);
}

TEST(dedupe_key, no_two_lists_of_parts_share_a_key) {
  EXPECT_NE(make_dedupe_key("p", "a:b", "t", "e", "v"), make_dedupe_key("p", "a", "b:t", "e", "v"));
  EXPECT_NE(make_dedupe_key("p", "a%3Ab", "t", "e", "v"), make_dedupe_key("p", "a:b", "t", "e", "v"));
  EXPECT_NE(make_dedupe_key("p", "a", "t", std::string(201, 'x'), "v"),
            make_dedupe_key("p", "a", "t", std::string(202, 'x'), "v"));
}

TEST(event_time, is_what_was_said_within_reason) {
  event e;
  e.received = *parse_rfc3339("2026-11-21T00:00:00Z");
  EXPECT_EQ(e.time(), e.received);
  e.said_time = *parse_rfc3339("2026-11-20T00:00:00.1234567Z");
  EXPECT_EQ(to_rfc3339(e.time()), "2026-11-20T00:00:00.123456Z");
  e.said_time = *parse_rfc3339("2027-11-21T00:00:00Z");
  EXPECT_EQ(to_rfc3339(e.time()), "2026-11-21T00:05:00.000000Z");
  e.said_time = *parse_rfc3339("1969-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(e.time()), "2000-01-01T00:00:00.000000Z");
}

TEST(cloud_events, a_record_reads_back_as_the_event_it_was) {
  const auto e = complete_event();
  const auto back = decode_record(e.partition_key, e.body, encode_headers(e));
  ASSERT_TRUE(back) << back.error().text();
  expect_equal(e, *back);
}

TEST(cloud_events, what_is_empty_is_left_out_and_reads_back_empty) {
  event e;
  e.provider = "ghl";
  e.family = "workflow";
  e.source = "s";
  e.account = "";
  e.type = "unknown";
  e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, "", "v");
  e.received = *parse_rfc3339("2026-11-21T00:18:44Z");
  e.verdict = verified::none;
  e.post_sha256 = crypto::sha256("");
  const auto headers = encode_headers(e);
  EXPECT_TRUE(std::none_of(headers.begin(), headers.end(), [](const auto& h) { return h.second.empty(); }));
  const auto back = decode_record("k", "", headers);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_FALSE(back->said_time);
  EXPECT_EQ(back->entity_type, "");
  EXPECT_EQ(back->verdict, verified::none);
}

TEST(cloud_events, the_attributes_are_those_of_the_specification) {
  const auto headers = encode_headers(complete_event());
  const auto value = [&](std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
    return found == headers.end() ? "(absent)" : found->second;
  };
  EXPECT_EQ(value("ce_specversion"), "1.0");
  EXPECT_EQ(value("ce_id"), "sendgrid:acme/west %25:delivered:a/b%3Ac:sg_1");
  EXPECT_EQ(value("ce_source"), "/sendgrid/acme%2Fwest%20%25");
  EXPECT_EQ(value("ce_type"), "sendgrid.delivered");
  EXPECT_EQ(value("ce_subject"), "message/a/b:c");
  EXPECT_EQ(value("ce_time"), "2026-11-21T00:18:40.000000Z");
  EXPECT_EQ(value("ce_receivedtime"), "2026-11-21T00:18:44.123456Z");
  EXPECT_EQ(value("ce_millraceformat"), "1");
  EXPECT_EQ(value("content-type"), "application/json; charset=utf-8");
}

// What documents say of the headers is what stands on the topic.
TEST(cloud_events, each_header_is_in_the_table_and_the_required_ones_are_always_there) {
  const auto is = [](const record_header& h, std::string_view name) { return h.name.ends_with('*') ? name.starts_with(h.name.substr(0, h.name.size() - 1)) : name == h.name; };
  event least;
  least.provider = "ghl";
  least.received = *parse_rfc3339("2026-11-21T00:18:44Z");
  const auto most_headers = encode_headers(complete_event()), least_headers = encode_headers(least);
  event odd = complete_event();
  odd.url = "\xff";
  auto all = most_headers;
  for (auto& h : encode_headers(odd))
    all.push_back(std::move(h));
  for (const auto& [name, value] : all)
    EXPECT_TRUE(std::any_of(record_headers().begin(), record_headers().end(), [&](const auto& h) { return is(h, name); })) << name << ": give it its line in libs/event/record_headers.cpp";
  for (const auto& h : record_headers()) {
    const auto stands = [&](const header_list& in) { return std::any_of(in.begin(), in.end(), [&](const auto& one) { return is(h, one.first); }); };
    EXPECT_TRUE(stands(all)) << h.name << ": no event has it";
    EXPECT_EQ(stands(least_headers), h.required) << h.name;
  }
}

TEST(cloud_events, a_record_that_is_not_ours_is_refused_by_the_header_that_tells) {
  const auto good = encode_headers(complete_event());
  for (const char* name : {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_receivedtime", "ce_millraceformat",
                           "millrace-family", "millrace-source", "millrace-verified", "millrace-post-sha256",
                           "millrace-post-index", "millrace-post-count"}) {
    header_list without, doubled = good;
    for (const auto& h : good)
      if (h.first != name)
        without.push_back(h);
    const auto missing = decode_record("k", "{}", without);
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().code, "bad_record");
    EXPECT_EQ(missing.error().place, name);
    doubled.emplace_back(name, "x");
    EXPECT_FALSE(decode_record("k", "{}", doubled)) << name;
  }
}

TEST(cloud_events, broken_values_are_refused) {
  const auto with = [](std::string name, std::string value) {
    auto headers = encode_headers(complete_event());
    for (auto& h : headers)
      if (h.first == name)
        h.second = value;
    return decode_record("k", "{}", headers);
  };
  EXPECT_TRUE(with("nothing", ""));
  EXPECT_FALSE(with("ce_millraceformat", "2"));
  EXPECT_FALSE(with("ce_specversion", "0.3"));
  EXPECT_FALSE(with("ce_source", "sendgrid/acme"));
  EXPECT_FALSE(with("ce_source", "/sendgrid"));
  EXPECT_FALSE(with("ce_source", "/sendgrid/a%zz"));
  EXPECT_FALSE(with("ce_type", "mailgun.delivered"));
  EXPECT_FALSE(with("ce_subject", "no slash"));
  EXPECT_FALSE(with("ce_receivedtime", "yesterday"));
  EXPECT_FALSE(with("millrace-said-time", "1"));
  EXPECT_FALSE(with("millrace-verified", "maybe"));
  EXPECT_FALSE(with("millrace-post-sha256", "AAAA"));
  EXPECT_FALSE(with("millrace-post-index", "2"));
  EXPECT_FALSE(with("millrace-post-index", "-1"));
  EXPECT_FALSE(with("millrace-post-count", "99999999999"));
  EXPECT_FALSE(with("millrace-before", "*"));
  EXPECT_FALSE(with("millrace-header-x-odd-base64", "*"));
}

TEST(stamp, orders_by_time_then_deletion_then_hash) {
  const instant t{1'700'000'000'000'000};
  const auto early = stamp::make({t.us - 1}, true, "z", "k", "g", 0), update = stamp::make(t, false, "a", "k", "g", 0),
             deletion = stamp::make(t, true, "a", "k", "g", 0), later = stamp::make({t.us + 1}, false, "a", "k", "g", 0);
  EXPECT_LT(early, update);
  EXPECT_LT(update, deletion);
  EXPECT_LT(deletion, later);
  EXPECT_LT(early.view(), update.view());
  EXPECT_EQ(stamp::make(t, false, "a", "k", "g", 0), update);
  EXPECT_EQ(update.time(), t);
  EXPECT_EQ(stamp::from_bytes(update.view()), update);
  EXPECT_THROW(stamp::from_bytes("short"), bug);
  EXPECT_THROW(stamp::make({-1}, false, "a", "k", "g", 0), bug);
}

TEST(stamp, no_two_facts_share_one) {
  const instant t{1'700'000'000'000'000};
  const auto of = [&](std::string_view dedupe_key, std::string_view kind, std::string_view key, unsigned before) {
    return stamp::make(t, false, dedupe_key, kind, key, before);
  };
  const std::set<stamp> all = {of("a", "k", "g", 0),   of("a", "k", "g", 1),  of("a0", "k", "g", 0),
                               of("a", "k0", "g", 0),  of("a", "k", "g0", 0), of("ak", "", "g", 0),
                               of("a", "kg", "", 0),   of("a", "", "kg", 0),  of("a1:k", "", "g", 0),
                               of("a", "k1:g", "", 0), of("", "ak", "g", 0),  of("a", "k", "", 0)};
  EXPECT_EQ(all.size(), 12u);
}

TEST(stamp, is_the_published_bytes) {
  EXPECT_EQ(to_hex(stamp::make({1'700'000'000'000'000}, true, "ghl:l:t:e:v", "contact", "ghl/c1", 2).view()),
            "00060a24181e4000" "01" + to_hex(crypto::sha256("11:ghl:l:t:e:v7:contact6:ghl/c11:2")).substr(0, 32));
}

} // namespace
} // namespace millrace
