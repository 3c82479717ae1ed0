// One trace from the sender's traceparent to the row, on the programs themselves: the spans of gateway and consumers as a receiver of
// OTLP gets them, the row's log line, and a line that goes on as before where nobody asks for traces or takes them.
#include "receiver.hpp"
#include "running_line.hpp"

#include "core/format.hpp"
#include "json/document.hpp"

#include <algorithm>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view trace_id = "0af7651916cd43dd8448eb211c80319c", sender_span = "b7ad6b7169203331", other_trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string sent_traceparent = format("00-{}-{}-01", trace_id, sender_span);

struct received_span {
  std::string service, name, trace, id, parent, text;
};

class traced_line : public running_line {
protected:
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    s["MILLRACE_LOG_LEVEL"] = "debug";
    s["OTEL_BSP_SCHEDULE_DELAY"] = "50";
    for (const auto& [name, value] : otel)
      s[name] = value;
    return s;
  }

  http::response post(const std::string& message, const header_list& more) {
    auto r = text_message("message.sent", message, "+15550001111", message);
    r.headers.insert(r.headers.end(), more.begin(), more.end());
    return post(r);
  }
  http::response post(const outgoing& r) {
    const auto answer = http::client(format("http://127.0.0.1:{}", book.port.load())).send("POST", r.url, r.headers, r.body, 30s);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
    return answer ? *answer : http::response{};
  }

  std::vector<received_span> spans() const {
    std::vector<received_span> all;
    for (const auto& p : receives.posts()) {
      EXPECT_TRUE(p.starts_with("/v1/traces ")) << p;
      const std::string body = p.substr(p.find(' ') + 1);
      const auto read = json::parse(body);
      if (!read) {
        ADD_FAILURE() << body;
        continue;
      }
      const auto of = *read->root().at("/resourceSpans/0");
      for (const auto s : of.at("/scopeSpans/0/spans")->children()) {
        const auto text = [&](const char* name) { return s.member(name) ? std::string(s.member(name)->text()) : std::string(); };
        all.push_back({std::string(of.at("/resource/attributes/0/value/stringValue")->text()), text("name"), text("traceId"), text("spanId"), text("parentSpanId"), std::string(s.source())});
      }
    }
    return all;
  }
  // The first of that service and name in the sender's trace (any: of any trace).
  std::optional<received_span> find(const std::string& service, const std::string& name, bool any = false) const {
    for (auto& s : spans())
      if (s.service == service && s.name == name && (any || s.trace == trace_id))
        return s;
    return std::nullopt;
  }
  received_span wait_for(const std::string& service, const std::string& name, bool any = false) const {
    EXPECT_TRUE(until(still_most, [&] { return find(service, name, any).has_value(); })) << service << " " << name;
    return find(service, name, any).value_or(received_span{});
  }

  receiver receives;
  std::map<std::string, std::string> otel = {{"OTEL_EXPORTER_OTLP_ENDPOINT", receives.url()}};
};

class silent_line : public traced_line {
protected:
  silent_line() { otel["OTEL_SDK_DISABLED"] = "true"; }
};

class line_without_receiver : public traced_line {
protected:
  line_without_receiver() { otel["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"; }
};

} // namespace

TEST_F(traced_line, one_post_is_one_trace_from_its_sender_to_the_row) {
  start_all();
  ASSERT_EQ(post(binding()).status, 200);
  const auto r = [&](const std::string& parent) {
    auto made = text_message("message.sent", account + "-1", "+15550001111", "one");
    made.headers.emplace_back("traceparent", parent);
    made.headers.emplace_back("tracestate", "rojo=1");
    return made;
  };
  const auto first = r(sent_traceparent);
  ASSERT_EQ(post(first).status, 200);
  const auto post_span = wait_for("gateway", "POST /webhooks/texting/" + account);
  EXPECT_EQ(post_span.parent, sender_span);
  EXPECT_NE(post_span.text.find("\"traceState\":\"rojo=1\""), std::string::npos) << post_span.text;
  EXPECT_NE(post_span.text.find(R"("http.response.status_code","value":{"intValue":"200"})"), std::string::npos) << post_span.text;
  const auto published = wait_for("gateway", "publish raw.texting");
  EXPECT_EQ(published.parent, post_span.id);
  for (const std::string service : {"contact-sync", "message-mapping"}) {
    const auto recorded = wait_for(service, "record raw.texting");
    EXPECT_EQ(recorded.parent, published.id) << service;
    // The batch has a trace of its own and links to what published its events.
    const std::string to_it = format(R"("links":[{{"traceId":"{}","spanId":"{}")", trace_id, published.id);
    EXPECT_TRUE(until(still_most, [&] {
      const auto all = spans();
      return std::any_of(all.begin(), all.end(), [&](const auto& s) { return s.service == service && s.name == "record batch" && s.text.find(published.id) != std::string::npos; });
    })) << to_it;
    EXPECT_TRUE(until(still_most, [&] { return programs[service]->log().find(format("\"trace_id\":\"{}\"", trace_id)) != std::string::npos; })) << "the row's line of " << service;
  }

  // The same post in another trace is a duplicate as ever.
  auto again = first;
  for (auto& [name, value] : again.headers)
    if (name == "traceparent")
      value = format("00-{}-00f067aa0ba902b7-01", other_trace_id);
  ASSERT_EQ(post(again).status, 200);
  ASSERT_TRUE(wait_until_folded());
  EXPECT_EQ(number("select count(*) from crm.texting_webhook_events where dedupe_key like 'texting:" + account + ":%'"), 1);
  for (const auto& s : services)
    EXPECT_EQ(number("select sum(duplicate)::bigint from " + s.own("applied") + " where topic = 'raw.texting'"), 1) << s.name;

  // Without a traceparent the gateway begins a trace; with one that is not sampled, or no good, it says nothing of it.
  ASSERT_EQ(post(account + "-2", {{"traceparent", format("00-{}-00f067aa0ba902b7-00", "1234567890abcdef1234567890abcdef")}}).status, 200);
  ASSERT_EQ(post(account + "-3", {{"traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}}).status, 200);
  EXPECT_TRUE(until(still_most, [&] {
    const auto all = spans();
    return std::count_if(all.begin(), all.end(), [&](const auto& s) { return s.service == "gateway" && s.name == "POST /webhooks/texting/" + account && s.parent.empty(); }) == 1;
  }));
  ASSERT_TRUE(wait_until_folded());
  for (const auto& s : spans())
    EXPECT_EQ(s.text.find("1234567890abcdef1234567890abcdef"), std::string::npos) << s.text;
  EXPECT_NE(programs["contact-sync"]->log().find("1234567890abcdef1234567890abcdef"), std::string::npos) << "its line names its trace all the same";

  // Who may not post makes no span.
  auto forged = text_message("message.sent", account + "-4", "+15550001111", "four");
  forged.body += " ";
  forged.headers.emplace_back("traceparent", "00-abcdefabcdefabcdefabcdefabcdefab-00f067aa0ba902b7-01");
  EXPECT_EQ(post(forged).status, 401);
  ASSERT_TRUE(programs["gateway"]->end()); // all its spans are out
  for (const auto& s : spans())
    EXPECT_NE(s.trace, "abcdefabcdefabcdefabcdefabcdefab") << s.text;
}

TEST_F(silent_line, nothing_is_sent_unless_somebody_asks_and_the_trace_goes_on_in_the_log_alone) {
  start_all();
  ASSERT_EQ(post(account + "-1", {{"traceparent", sent_traceparent}}).status, 200);
  EXPECT_TRUE(until(still_most, [&] { return programs["contact-sync"]->log().find(format("\"trace_id\":\"{}\"", trace_id)) != std::string::npos; }));
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->end()) << name;
  EXPECT_TRUE(receives.posts().empty());
}

TEST_F(line_without_receiver, a_receiver_that_is_away_costs_the_spans_and_nothing_else) {
  start_all();
  ASSERT_EQ(post(binding()).status, 200);
  for (int n = 1; n <= 20; ++n)
    ASSERT_EQ(post(format("{}-{}", account, n), {}).status, 200);
  ASSERT_TRUE(wait_until_folded());
  EXPECT_EQ(number("select count(*) from crm.texting_webhook_events where dedupe_key like 'texting:" + account + ":%'"), 20);
  for (const std::string name : {"gateway", "contact-sync"})
    EXPECT_TRUE(until(still_most, [&] { return programs[name]->sum_of("millrace_trace_spans_dropped_total").value_or(0) > 20; })) << name;
  EXPECT_TRUE(programs["gateway"]->end());
}
