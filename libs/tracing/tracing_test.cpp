// Spans: which settings ask for them, how they look on the wire, and that the line never waits for who is sent them. The receiver is a
// real HTTP server.
#include "tracing/tracer.hpp"

#include "http/server.hpp"
#include "json/document.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace millrace::tracing {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

trace_settings read(const settings::variables& given, std::vector<fault>& faults) {
  settings from(given);
  auto t = read_trace_settings(from, "gateway", faults);
  for (const fault& f : from.faults())
    faults.push_back(f);
  return t;
}
trace_settings read(const settings::variables& given) {
  std::vector<fault> faults;
  auto t = read(given, faults);
  for (const fault& f : faults)
    ADD_FAILURE() << f.text();
  return t;
}

TEST(trace_settings, nothing_is_traced_unless_somebody_asks) {
  metrics::registry m("test");
  for (const settings::variables& none : std::initializer_list<settings::variables>{
           {}, {{"OTEL_SERVICE_NAME", "x"}}, {{"OTEL_TRACES_SAMPLER", "always_on"}}, {{"OTEL_EXPORTER_OTLP_HEADERS", "a=b"}}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}},
           {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"}, {"OTEL_SDK_DISABLED", "true"}}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"}, {"OTEL_TRACES_EXPORTER", "none"}}}) {
    EXPECT_FALSE(read(none).on());
    EXPECT_EQ(tracer::of(read(none), m), nullptr);
  }
}

TEST(trace_settings, the_endpoint_is_a_base_and_that_of_traces_a_whole_url) {
  const auto where = [](const settings::variables& v) {
    const auto t = read(v);
    return t.base + " " + t.path;
  };
  EXPECT_EQ(where({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"}}), "http://collector:4318 /v1/traces");
  EXPECT_EQ(where({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/"}}), "http://collector:4318 /v1/traces");
  EXPECT_EQ(where({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector/otlp"}}), "https://collector /otlp/v1/traces");
  EXPECT_EQ(where({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:1/own"}}), "http://collector:1 /own");
  EXPECT_EQ(where({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:1"}}), "http://collector:1 /");
  EXPECT_EQ(where({{"OTEL_TRACES_EXPORTER", "otlp"}}), "http://localhost:4318 /v1/traces");
}

TEST(trace_settings, all_are_read) {
  const auto t = read({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"}, {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, b=2"}, {"OTEL_EXPORTER_OTLP_TIMEOUT", "250"},
                       {"OTEL_SERVICE_NAME", "west"}, {"OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment=prod%20eu"},
                       {"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}});
  EXPECT_EQ(t.headers, (header_list{{"authorization", "Bearer x"}, {"b", "2"}}));
  EXPECT_EQ(t.timeout, 250ms);
  EXPECT_EQ(t.resource, (header_list{{"service.name", "west"}, {"deployment.environment", "prod eu"}, {"service.namespace", "millrace"}}));
  EXPECT_TRUE(t.parent_decides);
  EXPECT_EQ(t.ratio, 0.25);
  EXPECT_EQ(read({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=other"}}).resource.front().second, "other");
  EXPECT_EQ(read({}).resource.front().second, "gateway");
  EXPECT_EQ(read({{"OTEL_TRACES_SAMPLER", "always_off"}}).ratio, 0);
  EXPECT_FALSE(read({{"OTEL_TRACES_SAMPLER", "always_on"}}).parent_decides);
}

TEST(trace_settings, what_does_not_fit_is_told) {
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "odd"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318"},
           {"OTEL_EXPORTER_OTLP_HEADERS", "no-value"}, {"OTEL_EXPORTER_OTLP_HEADERS", "a=%zz"}, {"OTEL_RESOURCE_ATTRIBUTES", "=x"}, {"OTEL_TRACES_SAMPLER", "jaeger"},
           {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"}, {"OTEL_SDK_DISABLED", "perhaps"}, {"OTEL_TRACES_EXPORTER", "zipkin"}}) {
    std::vector<fault> faults;
    read({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"}, {name, value}}, faults);
    ASSERT_EQ(faults.size(), 1u) << name << "=" << value;
    EXPECT_EQ(faults.front().place, name);
  }
  for (const char* part : {"1.5", "-0.1", "half", "nan"}) {
    std::vector<fault> faults;
    read({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", part}}, faults);
    EXPECT_EQ(faults.size(), 1u) << part;
  }
}

TEST(otlp, has_ids_in_hex_and_long_numbers_as_text) {
  span s;
  s.context = *parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  s.parent = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
  s.tracestate = "rojo=1";
  s.kind = span_kind::producer;
  s.name = "publish raw.ghl \"x\"";
  s.begun_ns = 1'764'201'600'000'000'001;
  s.ended_ns = 1'764'201'600'000'000'999;
  s.attributes = {{"messaging.system", std::string("kafka")}, {"messaging.batch.message_count", std::int64_t{9'007'199'254'740'993}}};
  s.links = {*parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")};
  s.links_left_out = 7;
  s.error = "deadline";
  std::string text = to_otlp_json({{"service.name", "gateway"}}, std::span(&s, 1));
  const auto version = text.find("\"version\":\"") + 11;
  text.replace(version, text.find('"', version) - version, "V");
  EXPECT_EQ(text,
            R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"millrace","version":"V"},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",)"
            R"("parentSpanId":"00f067aa0ba902b7","traceState":"rojo=1","flags":1,"name":"publish raw.ghl \"x\"","kind":4,)"
            R"("startTimeUnixNano":"1764201600000000001","endTimeUnixNano":"1764201600000000999",)"
            R"("attributes":[{"key":"messaging.system","value":{"stringValue":"kafka"}},{"key":"messaging.batch.message_count","value":{"intValue":"9007199254740993"}}],)"
            R"("links":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","flags":0}],"droppedLinksCount":7,)"
            R"("status":{"code":2,"message":"deadline"}}]}]}]})");
}

// Keeps what it is sent; answers when it may.
class receiver final : public http::handler {
public:
  receiver() : server_(loop_, {}, *this), thread_([this] { loop_.run(); }) {}
  ~receiver() override {
    may_answer.set_value();
    loop_.stop();
    thread_.join();
  }
  std::optional<std::size_t> begin(const http::request&, http::reply&) override { return 64 * 1024 * 1024; }
  http::task<void> take(const http::request& r, http::reply& out) override {
    std::string asked = std::string(r.method) + " " + std::string(r.target) + " " + std::string(r.header("content-type")) + " " + std::string(r.header("x-who"));
    {
      const std::lock_guard lock(mutex_);
      requests_.emplace_back(std::move(asked), std::string(r.body));
    }
    if (waits)
      go_.wait();
    out.status = status;
    co_return;
  }
  void refuse(http::http_fault, const http::request&, http::reply&) override {}

  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<std::pair<std::string, std::string>> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::atomic<int> status = 200;
  std::atomic<bool> waits = false;
  std::promise<void> may_answer;

private:
  std::future<void> go_ = may_answer.get_future();
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> requests_;
  http::loop loop_;
  http::server server_;
  std::thread thread_;
};

bool until(const std::function<bool()>& holds) {
  for (const auto end = steady::now() + 20s; !holds(); std::this_thread::sleep_for(2ms))
    if (steady::now() > end)
      return false;
  return true;
}

trace_settings to(const std::string& base) {
  trace_settings t;
  t.base = base;
  t.path = "/v1/traces";
  t.resource = {{"service.name", "test"}};
  t.headers = {{"X-Who", "me"}};
  t.batch_wait = 10ms;
  t.timeout = 2s;
  return t;
}

std::string counted(const metrics::registry& m, const std::string& series) {
  const std::string all = "\n" + m.text();
  const auto at = all.find("\n" + series + " ");
  return at == std::string::npos ? "none" : all.substr(at + series.size() + 2, all.find('\n', at + 1) - at - series.size() - 2);
}

TEST(tracer, sends_what_is_sampled_with_its_place_in_the_trace) {
  receiver r;
  metrics::registry m("test");
  const auto parent = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), unsampled = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  auto t = tracer::of(to(r.base()), m);
  auto post = t->begin("post", span_kind::server, parent);
  auto publish = t->begin("publish", span_kind::producer, post.context);
  EXPECT_EQ(post.context.trace_id(), parent->trace_id());
  EXPECT_EQ(publish.parent, post.context);
  EXPECT_NE(publish.context.span_id(), post.context.span_id());
  auto silent = t->begin("silent", span_kind::server, unsampled);
  EXPECT_EQ(silent.context.trace_id(), unsampled->trace_id());
  EXPECT_FALSE(silent.context.sampled());
  auto root = t->begin("root", span_kind::consumer, std::nullopt);
  EXPECT_TRUE(root.context.sampled());
  EXPECT_TRUE(parse_traceparent(root.context.traceparent()));
  const std::string post_id = post.context.span_id();
  for (span* s : {&publish, &post, &silent, &root})
    t->end(std::move(*s));
  ASSERT_TRUE(until([&] { return counted(m, "millrace_trace_spans_sent_total") == "3"; })) << m.text();
  std::string all;
  for (const auto& [asked, body] : r.requests()) {
    EXPECT_EQ(asked, "POST /v1/traces application/json me");
    EXPECT_TRUE(json::parse(body));
    all += body;
  }
  EXPECT_NE(all.find("\"parentSpanId\":\"b7ad6b7169203331\""), std::string::npos) << all;
  EXPECT_NE(all.find("\"parentSpanId\":\"" + post_id + "\""), std::string::npos) << all;
  EXPECT_EQ(all.find("silent"), std::string::npos);
}

TEST(tracer, what_is_left_goes_out_at_the_end) {
  receiver r;
  metrics::registry m("test");
  auto settings = to(r.base());
  settings.batch_wait = 1h;
  auto t = tracer::of(settings, m);
  t->end(t->begin("last", span_kind::internal, std::nullopt));
  t.reset();
  ASSERT_EQ(r.requests().size(), 1u);
}

TEST(tracer, a_ratio_decides_by_the_trace_alone) {
  metrics::registry m("test");
  auto settings = to("http://127.0.0.1:1");
  settings.parent_decides = false;
  settings.ratio = 0.5;
  auto one = tracer::of(settings, m), other = tracer::of(settings, m);
  int sampled = 0;
  for (int n = 0; n < 2'000; ++n) {
    const auto s = one->begin("x", span_kind::internal, std::nullopt);
    sampled += s.context.sampled();
    EXPECT_EQ(other->begin("y", span_kind::internal, s.context).context.sampled(), s.context.sampled());
  }
  EXPECT_GT(sampled, 800);
  EXPECT_LT(sampled, 1'200);
}

TEST(tracer, nobody_waits_for_a_receiver_that_is_away_and_what_is_lost_is_counted) {
  metrics::registry m("test");
  const auto begun = steady::now();
  {
    auto settings = to("http://127.0.0.1:1");
    auto t = tracer::of(settings, m);
    for (int n = 0; n < 100; ++n)
      t->end(t->begin("lost", span_kind::internal, std::nullopt));
    EXPECT_LT(steady::now() - begun, 1s);
    EXPECT_TRUE(until([&] { return counted(m, R"(millrace_trace_spans_dropped_total{reason="not_taken"})") == "100"; })) << m.text();
  }
  EXPECT_EQ(counted(m, "millrace_trace_spans_sent_total"), "0");
}

TEST(tracer, an_answer_that_is_no_success_is_a_loss) {
  receiver r;
  r.status = 503;
  metrics::registry m("test");
  auto t = tracer::of(to(r.base()), m);
  t->end(t->begin("lost", span_kind::internal, std::nullopt));
  EXPECT_TRUE(until([&] { return counted(m, R"(millrace_trace_spans_dropped_total{reason="not_taken"})") == "1"; })) << m.text();
}

TEST(tracer, a_slow_receiver_fills_the_queue_and_no_more) {
  receiver r;
  r.waits = true;
  metrics::registry m("test");
  auto settings = to(r.base());
  settings.queue_most = 10;
  settings.batch_most = 5;
  settings.timeout = 20s;
  auto t = tracer::of(settings, m);
  t->end(t->begin("first", span_kind::internal, std::nullopt));
  ASSERT_TRUE(until([&] { return r.requests().size() == 1; }));
  const auto begun = steady::now();
  for (int n = 0; n < 25; ++n)
    t->end(t->begin("more", span_kind::internal, std::nullopt));
  EXPECT_LT(steady::now() - begun, 1s);
  EXPECT_EQ(counted(m, R"(millrace_trace_spans_dropped_total{reason="queue_full"})"), "15");
  r.may_answer.set_value();
  r.may_answer = {};
  r.waits = false;
  EXPECT_TRUE(until([&] { return counted(m, "millrace_trace_spans_sent_total") == "11"; })) << m.text();
}

} // namespace
} // namespace millrace::tracing
