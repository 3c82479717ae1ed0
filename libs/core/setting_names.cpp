#include "core/setting_names.hpp"

#include "core/format.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr std::string_view prefix = "MILLRACE_";

constexpr std::array<std::string_view, 51> names = {
    "MILLRACE_ADMIN_ADDRESS", "MILLRACE_ADMIN_PORT", "MILLRACE_ADMIN_URLS", "MILLRACE_ALERTMANAGER_URL", "MILLRACE_BATCH_EVENTS", "MILLRACE_BATCH_WAIT", "MILLRACE_CA_FILE",
    "MILLRACE_CONSOLE_ADDRESS", "MILLRACE_CONSOLE_EVENTS", "MILLRACE_CONSOLE_PORT", "MILLRACE_CONSOLE_STREAMS", "MILLRACE_DEV_MODE",
    "MILLRACE_GATEWAY_ANSWER_TIME", "MILLRACE_GATEWAY_BODY_TIME", "MILLRACE_GATEWAY_BUFFER_BYTES", "MILLRACE_GATEWAY_BYTES_IN_FLIGHT",
    "MILLRACE_GATEWAY_CONNECTIONS", "MILLRACE_GATEWAY_DATABASE_THREADS", "MILLRACE_GATEWAY_DELIVERY_TIME", "MILLRACE_GATEWAY_EVENTS_IN_FLIGHT", "MILLRACE_GATEWAY_HEADER_TIME",
    "MILLRACE_GATEWAY_IDLE_TIME", "MILLRACE_GATEWAY_POST_EVENTS", "MILLRACE_GATEWAY_PUBLISH", "MILLRACE_GATEWAY_SEAL_KEY", "MILLRACE_GATEWAY_WORKERS", "MILLRACE_GATEWAY_WRITE_TIME", "MILLRACE_GATEWAY_YOUNG_TIME", "MILLRACE_HTTP_ADDRESS",
    "MILLRACE_HTTP_PORT", "MILLRACE_KAFKA_BROKERS", "MILLRACE_LOG_FORMAT", "MILLRACE_LOG_LEVEL", "MILLRACE_NOTIFY_CA_FILE", "MILLRACE_NOTIFY_RAISED_AN_HOUR", "MILLRACE_NOTIFY_TIMEOUT", "MILLRACE_NOTIFY_WEBHOOK_URL", "MILLRACE_OPERATOR", "MILLRACE_OPERATOR_KEY",
    "MILLRACE_PASS_MARKS", "MILLRACE_POSTGRES", "MILLRACE_PROVIDERS", "MILLRACE_READY_FILE", "MILLRACE_SENDER_KEYS", "MILLRACE_SHUTDOWN_TIME",
    "MILLRACE_SOURCES", "MILLRACE_TICK_SECONDS", "MILLRACE_TLS_CERTIFICATE", "MILLRACE_TLS_KEY", "MILLRACE_TOPICS", "MILLRACE_URL"};

// What the scripts and tests of ops/ and tests/ read; they start the programs with it.
constexpr std::array<std::string_view, 10> of_scripts = {"MILLRACE_BUILD_DIR", "MILLRACE_FSYNC", "MILLRACE_GOLDEN", "MILLRACE_ITERATIONS",
                                                         "MILLRACE_PACKAGES", "MILLRACE_PRESET", "MILLRACE_ROUNDS", "MILLRACE_RUN_DIR", "MILLRACE_SECRETS", "MILLRACE_SEED"};

bool is_known(std::string_view name) {
  constexpr std::string_view file = "_FILE";
  const auto in = [](std::string_view one) {
    return std::find(names.begin(), names.end(), one) != names.end() || std::find(of_scripts.begin(), of_scripts.end(), one) != of_scripts.end();
  };
  return name.starts_with("MILLRACE_KAFKA_") || name.starts_with("MILLRACE_PORT_") || in(name) ||
         (name.ends_with(file) && in(name.substr(0, name.size() - file.size())));
}

} // namespace

std::span<const std::string_view> setting_names() { return names; }

std::vector<fault> unknown_settings(const settings& from, const std::set<std::string>& elsewhere) {
  std::vector<fault> all;
  for (const std::string& name : from.given(prefix)) {
    if (is_known(name) || elsewhere.contains(name))
      continue;
    const auto near = nearest(name, {names.begin(), names.end()});
    all.push_back(bad("unknown_setting", name, near ? millrace::format("nobody reads it; did you mean {}?", *near) : "nobody reads it"));
  }
  return all;
}

void warn_of_unknown(const std::vector<fault>& unknown) {
  std::string told;
  for (const fault& f : unknown)
    told += millrace::format("{}{}: {}", told.empty() ? "" : "; ", f.place, f.detail);
  if (!told.empty())
    log::warning("settings that are none", {{"names", told}, {"do", "correct or unset them; `millrace config show` names every setting"}});
}

} // namespace millrace
