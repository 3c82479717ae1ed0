#include "tracing/trace_settings.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::tracing {

namespace {

constexpr std::string_view traces_path = "/v1/traces";

// "key=value,key=value", the values percent-encoded.
header_list read_pairs(const std::string& variable, std::string_view text, std::vector<fault>& faults) {
  header_list pairs;
  while (!text.empty()) {
    const std::string_view entry = trim(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.size(), text.find(',') == std::string_view::npos ? text.size() : text.find(',') + 1));
    const std::size_t equals = entry.find('=');
    const auto value = equals == std::string_view::npos ? std::nullopt : percent_decode(trim(entry.substr(equals + 1)));
    if (entry.empty())
      continue;
    if (!value || equals == 0)
      faults.push_back(bad("bad_setting", variable, "key=value,key=value is wanted, values percent-encoded"));
    else
      pairs.emplace_back(trim(entry.substr(0, equals)), *value);
  }
  return pairs;
}

void set(header_list& resource, std::string_view key, const std::string& value) {
  const auto there = std::find_if(resource.begin(), resource.end(), [&](const auto& a) { return a.first == key; });
  if (there == resource.end())
    resource.emplace_back(key, value);
  else
    there->second = value;
}

void read_resource(settings& from, trace_settings& t, const std::string& service_name, std::vector<fault>& faults) {
  t.resource = read_pairs("OTEL_RESOURCE_ATTRIBUTES", from.text("OTEL_RESOURCE_ATTRIBUTES", "", "attributes of the process in its spans: key=value,key=value"), faults);
  const std::string name = from.text("OTEL_SERVICE_NAME", "", "the service's name in its spans; empty: " + service_name);
  const bool is_named = std::any_of(t.resource.begin(), t.resource.end(), [](const auto& a) { return a.first == "service.name"; });
  if (!name.empty() || !is_named)
    set(t.resource, "service.name", name.empty() ? service_name : name);
  if (std::none_of(t.resource.begin(), t.resource.end(), [](const auto& a) { return a.first == "service.namespace"; }))
    t.resource.emplace_back("service.namespace", "millrace");
}

void read_sampler(settings& from, trace_settings& t, std::vector<fault>& faults) {
  const std::string sampler = from.choice("OTEL_TRACES_SAMPLER", "parentbased_always_on",
                                          {"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"},
                                          "which traces get spans; parentbased_…: what the sender's traceparent says, where there is one");
  const std::string argument = from.text("OTEL_TRACES_SAMPLER_ARG", "", "of traceidratio: the part of traces, 0 to 1");
  t.parent_decides = sampler.starts_with("parentbased_");
  t.ratio = sampler.ends_with("always_off") ? 0 : 1;
  if (!sampler.ends_with("traceidratio") || argument.empty())
    return;
  const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), t.ratio);
  if (error != std::errc{} || end != argument.data() + argument.size() || !(t.ratio >= 0 && t.ratio <= 1))
    faults.push_back(bad("bad_setting", "OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1 is wanted"));
}

// The general endpoint is a base; that of traces is taken as it is.
std::string url_of(const std::string& general, const std::string& of_traces) {
  if (!of_traces.empty())
    return of_traces;
  std::string base = general.empty() ? "http://localhost:4318" : general;
  while (base.ends_with('/'))
    base.pop_back();
  return base + std::string(traces_path);
}

void read_address(trace_settings& t, const std::string& variable, const std::string& url, std::vector<fault>& faults) {
  const std::size_t host = url.find("://"), slash = host == std::string::npos ? host : url.find('/', host + 3);
  const std::string base = url.substr(0, slash);
  try {
    http::client trial(base, t.ca_file);
  } catch (const outage& e) {
    faults.push_back(bad("bad_setting", variable, std::string(e.what()) + "; " + e.hint()));
    return;
  }
  t.base = base;
  t.path = slash == std::string::npos ? "/" : url.substr(slash);
}

} // namespace

trace_settings read_trace_settings(settings& from, const std::string& service_name, std::vector<fault>& faults) {
  trace_settings t;
  const std::string general = from.text("OTEL_EXPORTER_OTLP_ENDPOINT", "", "who is sent spans (OTLP over HTTP, JSON): http://host:4318; empty: nobody");
  const std::string of_traces = from.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", "the same as a whole URL, http://host:4318/v1/traces");
  const std::string exporter = from.choice("OTEL_TRACES_EXPORTER", "", {"", "otlp", "none"}, "otlp: spans go to localhost:4318 where no endpoint is set; none: to nobody");
  const bool disabled = from.flag("OTEL_SDK_DISABLED", false, "true: nobody is sent spans");
  const std::string protocol = from.choice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", {"http/json", "http/protobuf", "grpc"}, "http/json is spoken, also where http/protobuf is set; grpc is refused");
  t.ca_file = from.text("OTEL_EXPORTER_OTLP_CERTIFICATE", "", "certificates that the receiver's is checked with; empty: the system's");
  std::string headers = from.secret("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "headers of each export of spans: key=value,key=value; before those of OTEL_EXPORTER_OTLP_HEADERS");
  const std::string general_headers = from.secret("OTEL_EXPORTER_OTLP_HEADERS", "headers of each export: key=value,key=value");
  const auto milliseconds = [&](const char* name, std::int64_t fallback, const char* meaning) { return std::chrono::milliseconds(from.integer(name, fallback, 1, 600'000, meaning)); };
  t.timeout = milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", 10'000, "milliseconds that an export may take");
  t.timeout = milliseconds("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", t.timeout.count(), "the same, of spans");
  t.queue_most = static_cast<std::size_t>(from.integer("OTEL_BSP_MAX_QUEUE_SIZE", 2048, 1, 1'000'000, "spans that wait to be sent; more are dropped and counted"));
  t.batch_most = static_cast<std::size_t>(from.integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, 1, 100'000, "spans of one export"));
  t.batch_wait = milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5'000, "milliseconds between two exports");
  read_sampler(from, t, faults);
  read_resource(from, t, service_name, faults);
  const bool asked = !general.empty() || !of_traces.empty() || exporter == "otlp";
  if (!asked || disabled || exporter == "none")
    return t;
  if (protocol == "grpc")
    faults.push_back(bad("not_allowed", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc is not spoken here: give the endpoint of OTLP over HTTP (port 4318), and leave this out"));
  t.headers = read_pairs(headers.empty() ? "OTEL_EXPORTER_OTLP_HEADERS" : "OTEL_EXPORTER_OTLP_TRACES_HEADERS", headers.empty() ? general_headers : headers, faults);
  read_address(t, of_traces.empty() ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url_of(general, of_traces), faults);
  return t;
}

} // namespace millrace::tracing
