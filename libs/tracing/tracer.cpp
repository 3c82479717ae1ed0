#include "tracing/tracer.hpp"

#include "core/log.hpp"
#include "crypto/hash.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace millrace::tracing {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto farewell = 2s;

template <std::size_t n>
std::array<unsigned char, n> random_id() {
  std::array<unsigned char, n> id{};
  const std::string bytes = crypto::random_bytes(n);
  std::copy(bytes.begin(), bytes.end(), id.begin());
  id.back() |= static_cast<unsigned char>(id == std::array<unsigned char, n>{}); // one of zeros is none
  return id;
}

metrics::counter& dropped(metrics::registry& m, const char* reason) {
  return m.counter("millrace_trace_spans_dropped_total", "Spans that were dropped: queue_full, or not_taken by the receiver.", {{"reason", reason}});
}

} // namespace

std::int64_t now_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::unique_ptr<tracer> tracer::of(const trace_settings& s, metrics::registry& m) { return std::unique_ptr<tracer>(s.on() ? new tracer(s, m) : nullptr); }

tracer::tracer(const trace_settings& s, metrics::registry& m)
    : settings_(s), enough_(std::min(s.batch_most, s.queue_most)), sent_(m.counter("millrace_trace_spans_sent_total", "Spans that the receiver took.")), full_(dropped(m, "queue_full")), not_taken_(dropped(m, "not_taken")) {
  thread_ = std::thread([this] { run(); });
}

tracer::~tracer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

bool tracer::samples(const trace_context& c, const std::optional<trace_context>& parent) const {
  if (parent && settings_.parent_decides)
    return parent->sampled();
  // By the trace's id, so that every process decides alike.
  double part = 0;
  for (std::size_t n = c.trace.size(); n-- > 8;)
    part = (part + c.trace[n]) / 256;
  return part < settings_.ratio;
}

span tracer::begin(std::string name, span_kind kind, const std::optional<trace_context>& parent) const {
  span s;
  s.name = std::move(name);
  s.kind = kind;
  s.parent = parent;
  s.context.trace = parent ? parent->trace : random_id<16>();
  s.context.span = random_id<8>();
  s.context.flags = samples(s.context, parent) ? 1 : 0;
  s.begun_ns = now_ns();
  return s;
}

void tracer::end(span&& s) {
  if (!s.context.sampled())
    return;
  if (s.ended_ns == 0)
    s.ended_ns = now_ns();
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= settings_.queue_most)
      return full_.add();
    waiting_.push_back(std::move(s));
    wake = waiting_.size() == enough_;
  }
  if (wake)
    woken_.notify_one();
}

void tracer::run() {
  std::vector<span> batch;
  for (bool stop = false; !stop;) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, settings_.batch_wait, [&] { return stop_ || waiting_.size() >= enough_; });
      stop = stop_;
      batch.swap(waiting_);
    }
    const auto end = steady::now() + (stop ? std::min<std::chrono::milliseconds>(farewell, settings_.timeout) : std::chrono::hours(24));
    for (std::size_t at = 0; at < batch.size(); at += settings_.batch_most) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady::now());
      send(std::span(batch).subspan(at, std::min(settings_.batch_most, batch.size() - at)), std::min(left, settings_.timeout));
    }
    batch.clear();
  }
}

void tracer::send(std::span<const span> batch, std::chrono::milliseconds most) {
  if (most <= 0ms)
    return not_taken_.add(static_cast<double>(batch.size()));
  header_list headers = settings_.headers;
  headers.emplace_back("Content-Type", "application/json");
  std::string why;
  try {
    http::client receiver(settings_.base, settings_.ca_file);
    const auto answer = receiver.send("POST", settings_.path, headers, to_otlp_json(settings_.resource, batch), most);
    if (answer && answer->status >= 200 && answer->status < 300)
      return sent_.add(static_cast<double>(batch.size()));
    why = answer ? "it answered " + std::to_string(answer->status) : answer.error().text();
  } catch (const std::exception& e) { // its certificates, its address: nothing here may end the process
    why = e.what();
  }
  not_taken_.add(static_cast<double>(batch.size()));
  log::warning("spans were not taken", {{"spans", static_cast<std::int64_t>(batch.size())}, {"to", settings_.base}, {"why", why}, {"do", "look at the receiver of OTEL_EXPORTER_OTLP_ENDPOINT"}});
}

} // namespace millrace::tracing
